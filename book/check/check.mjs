// Reads the built book as its readers do: in a browser, from files, light and dark, on a desk and on a telephone.
//
//     node check.mjs BUILT_BOOK
//
// Debian's Chromium, or the one that $CHROMIUM names.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { checkBlobs, checkByteMap, checkSearch, checkWithoutScript } from "./alive.mjs";
import { brokenLinks, loadsFromNetwork } from "./files.mjs";
import { checkPage } from "./page.mjs";

const book = path.resolve(process.argv[2] ?? "");
if (!fs.existsSync(path.join(book, "toc.html"))) {
    console.error("usage: node check.mjs BUILT_BOOK");
    process.exit(2);
}

const desk = { width: 1280, height: 900 };
const views = [
    { name: "light", options: { viewport: desk, colorScheme: "light" }, theme: "light" },
    { name: "dark", options: { viewport: desk, colorScheme: "dark" }, theme: "navy" },
    { name: "phone", options: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true }, theme: "light" },
];

// The pages are what the table of contents leads to.
const toc = fs.readFileSync(path.join(book, "toc.html"), "utf8");
const pages = [...new Set(Array.from(toc.matchAll(/href="([^"#]+\.html)/g), (match) => match[1]))];

let passed = 0;
const failures = [];
function check(where, what, problems) {
    if (problems.length === 0) passed += 1;
    for (const problem of problems) failures.push(`${where}: ${what}: ${problem}`);
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Chromium's sandbox does not work for root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
const urlOf = (page) => pathToFileURL(path.join(book, page)).href;

// An error on the way is a failure of that check, and the others go on.
async function run(where, what, context, page, body) {
    const tab = await context.newPage();
    tab.setDefaultTimeout(10000);
    try {
        await body(tab, urlOf(page), (what, problems) => check(where, what, problems));
    } catch (error) {
        check(where, what, [error.message.split("\n")[0]]);
    }
    await tab.close();
}

const found = { links: new Map(), ids: new Map(), maps: [], blobs: [] };
const jobs = [];
for (const view of views) {
    const context = await browser.newContext(view.options);
    for (const page of pages) {
        jobs.push(() => run(`${page}, ${view.name}`, "it can be read", context, page,
            (tab, url, check) => checkPage(tab, url, check, { view, page, found })));
    }
    jobs.push(() => run(`${pages[0]}, ${view.name}`, "search", context, pages[0],
        (tab, url, check) => checkSearch(tab, url, check, pages)));
}
await inTurns(jobs, 4);

for (const view of views) {
    const context = await browser.newContext(view.options);
    for (const page of found.maps) await run(`${page}, ${view.name}`, "the byte map", context, page, checkByteMap);
    for (const page of found.blobs) await run(`${page}, ${view.name}`, "the blobs", context, page, checkBlobs);
}
const plain = await browser.newContext({ viewport: desk, javaScriptEnabled: false });
for (const page of [...found.maps, ...found.blobs]) {
    await run(`${page}, without JavaScript`, "tables and links", plain, page, checkWithoutScript);
}
await browser.close();

check("the book", "one page has the byte map", found.maps.length === 1 ? [] : [`${found.maps.length} have it`]);
check("the book", "one page has the blobs", found.blobs.length === 1 ? [] : [`${found.blobs.length} have them`]);
check("the book", "it loads nothing from the network", loadsFromNetwork(book));
check("the book", "its links lead somewhere", brokenLinks(book, found));

failures.sort().forEach((failure) => console.log(`failed: ${failure}`));
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);

async function inTurns(jobs, width) {
    const queue = jobs.values();
    await Promise.all(Array.from({ length: width }, async () => {
        for (const job of queue) await job();
    }));
}
