// What must hold for every page.
import { createRequire } from "node:module";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export async function checkPage(tab, url, check, { view, page, found }) {
    const errors = [];
    const strangers = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    tab.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    tab.on("request", (request) => /^(file|data|blob):/.test(request.url()) || strangers.push(request.url()));
    await tab.goto(url, { waitUntil: "load" });
    // A reader's eye comes two frames later at the earliest.
    await tab.evaluate(() => document.fonts.ready.then(() => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(done)))));

    const theme = await tab.evaluate(() => document.documentElement.className);
    check("its theme", theme.split(" ").includes(view.theme) ? [] : [`${view.theme} expected, it is: ${theme}`]);
    check("nothing scrolls sideways", await tab.evaluate(tooWide));
    if (view.name === "phone") check("its pictures can be read", await tab.evaluate(faintPictures));
    if (view.name === "light") await collect(tab, page, found);
    await tab.addScriptTag({ path: axePath });
    check("accessibility", await tab.evaluate(violations));
    check("no error in the console", errors);
    check("nothing from the network", strangers);
}

// In the browser: what is wider than its place, unless it scrolls by itself. mdBook hides what sticks out of the body, and
// lets .content scroll; a reader would lose it or have to push the page.
function tooWide() {
    const places = [document.documentElement, document.body, ...document.querySelectorAll(".page, .content")];
    const wide = places.filter((place) => place.scrollWidth > place.clientWidth);
    if (wide.length === 0) return [];
    const scrolls = (element) => element.closest("pre, .table-wrapper, .sidebar") !== null;
    const edge = wide.at(-1).getBoundingClientRect().left + wide.at(-1).clientWidth;
    const sticking = Array.from(document.querySelectorAll("main *"))
        .filter((element) => !scrolls(element) && element.getBoundingClientRect().right > edge);
    const place = `${wide[0].localName}.${wide[0].className}: ${wide[0].scrollWidth} > ${wide[0].clientWidth}`;
    return [`${place}: ${sticking.at(-1)?.outerHTML.slice(0, 90) ?? ""}`];
}

// In the browser: pictures without a title, or with text of less than 10 pixels.
function faintPictures() {
    return Array.from(document.querySelectorAll("svg.picture")).flatMap((picture) => {
        const title = picture.querySelector("title")?.textContent.trim() ?? "";
        const sizes = Array.from(picture.querySelectorAll("text, tspan"), (text) => {
            const matrix = text.getScreenCTM();
            return Math.hypot(matrix.a, matrix.b) * parseFloat(getComputedStyle(text).fontSize);
        });
        const smallest = Math.round(10 * Math.min(...sizes)) / 10;
        return [
            ...(title ? [] : ["a picture without a title"]),
            ...(smallest < 10 ? [`${title}: text of ${smallest} pixels`] : []),
        ];
    });
}

async function collect(tab, page, found) {
    const { links, ids, map, blobs } = await tab.evaluate(() => ({
        links: Array.from(document.querySelectorAll("main a[href]"), (link) => link.getAttribute("href")),
        ids: Array.from(document.querySelectorAll("[id]"), (element) => element.id),
        map: document.querySelector(".byte-map") !== null,
        blobs: document.querySelector(".blobs") !== null,
    }));
    found.links.set(page, links.filter((link) => !/^[a-z]+:/.test(link)));
    found.ids.set(page, new Set(ids));
    if (map) found.maps.push(page);
    if (blobs) found.blobs.push(page);
}

// In the browser: axe's violations that keep a reader out.
async function violations() {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], preload: false });
    return violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, help, nodes }) => {
        const [first] = nodes;
        const detail = first.any[0]?.message ?? "";
        return `${id}: ${help}: ${nodes.length} times, first ${first.html.replace(/\s+/g, " ").slice(0, 120)} ${detail}`;
    });
}
