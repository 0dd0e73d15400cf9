// Brings the byte map and the blobs to life. Without it, both are tables and links.
(() => {
    "use strict";

    const make = (tag, properties = {}, ...children) => {
        const element = Object.assign(document.createElement(tag), properties);
        element.append(...children);
        return element;
    };
    const bytesOf = (element) => Uint8Array.from(element.dataset.bytes.match(/../g), (pair) => parseInt(pair, 16));
    const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

    // --- The byte map: a header's bytes, in the order of the table's rows.

    function byteMap(root) {
        const fields = Array.from(root.querySelectorAll("tr[data-bytes]"), fieldOf);
        // What the grid shows, the buttons and the table say.
        const grid = make("div", { className: "byte-grid", ariaHidden: "true" });
        const panel = make("div", { className: "byte-panel", ariaLive: "polite" });
        const buttons = fields.map((field) => {
            const number = make("sup", { ariaHidden: "true" }, String(field.index + 1));
            return make("button", { type: "button", className: hue(field) + (field.empty ? " empty" : "") }, number, field.name);
        });
        let chosen = 0;
        const show = (index) => {
            if (panel.dataset.field !== String(index)) tell(panel, fields[index]);
            for (const cell of grid.querySelectorAll(".byte")) cell.classList.toggle("lit", cell.dataset.field === String(index));
            buttons.forEach((button, other) => button.ariaCurrent = other === index ? "true" : null);
        };
        const choose = (index) => show(chosen = index);
        const leave = () => show(chosen);

        buttons.forEach((button, index) => {
            button.addEventListener("focus", () => choose(index));
            button.addEventListener("click", () => choose(index));
            button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(index));
            button.addEventListener("pointerleave", leave);
            button.addEventListener("keydown", (event) => move(event, buttons, index));
        });
        const fieldAt = (event) => event.target.closest(".byte")?.dataset.field;
        grid.addEventListener("pointerover", (event) => {
            if (event.pointerType === "mouse" && fieldAt(event)) show(Number(fieldAt(event)));
        });
        grid.addEventListener("pointerleave", leave);
        grid.addEventListener("click", (event) => fieldAt(event) && choose(Number(fieldAt(event))));

        const narrow = window.matchMedia("(max-width: 620px)");
        const lay = () => {
            grid.replaceChildren(...cells(fields, narrow.matches ? 8 : 16));
            show(chosen);
        };
        narrow.addEventListener("change", lay);
        lay();
        const details = root.querySelector("details");
        details.open = false;
        const list = make("div", { className: "byte-fields", role: "group", ariaLabel: "Fields of the header" }, ...buttons);
        details.before(list, make("div", { className: "byte-body" }, grid, panel));
    }

    function fieldOf(row, index) {
        const [offset, length, name, stored, meaning] = Array.from(row.cells, (cell) => cell.innerHTML);
        const bytes = Array.from(bytesOf(row));
        const empty = bytes.every((byte) => byte === 0);
        return { index, offset: Number(offset), length: Number(length), name, stored, meaning, bytes, empty };
    }

    const hue = (field) => `hue-${field.index % 4}`;

    function tell(panel, { index, name, offset, length, stored, meaning }) {
        const last = offset + length - 1;
        const place = length === 1 ? `byte ${offset}` : `bytes ${offset} to ${last}, ${length} long`;
        panel.dataset.field = index;
        panel.className = `byte-panel hue-${index % 4}`;
        panel.innerHTML = `<p class="field">${name}</p><p class="place">${place}</p>`
            + `<p class="stored">${stored}</p><p class="meaning">${meaning}</p>`;
    }

    function move(event, buttons, index) {
        const last = buttons.length - 1;
        const next = index === last ? 0 : index + 1;
        const previous = index === 0 ? last : index - 1;
        const to = { ArrowRight: next, ArrowDown: next, ArrowLeft: previous, ArrowUp: previous, Home: 0, End: last }[event.key];
        if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        // In mdBook, an arrow turns the page.
        event.preventDefault();
        event.stopPropagation();
        buttons[to].focus();
    }

    // A NUL byte that ends a value is written out; in a row of them, each is a dot.
    const isDim = ({ byte, field }) => byte === 0 && field.bytes.slice(-3).every((other) => other === 0);

    function cells(fields, columns) {
        const bytes = fields.flatMap((field) => field.bytes.map((byte, index) => ({ byte, field, first: index === 0 })));
        return bytes.flatMap((one, index) => {
            const start = index - (index % columns);
            const row = bytes.slice(start, start + columns);
            const height = !row.every(isDim) ? "" : row.some(({ first }) => first) ? " row-short" : " row-empty";
            const cell = byteCell(one, height);
            const other = (at) => bytes[at]?.field !== one.field;
            cell.classList.toggle("edge-top", other(index - columns));
            cell.classList.toggle("edge-bottom", other(index + columns));
            cell.classList.toggle("edge-left", index === start || other(index - 1));
            cell.classList.toggle("edge-right", index === start + columns - 1 || other(index + 1));
            return index === start ? [make("span", { className: "offset" + height }, String(start)), cell] : [cell];
        });
    }

    function byteCell({ byte, field, first }, height) {
        const cell = make("span", { className: `byte ${hue(field)}${height}` });
        cell.dataset.field = field.index;
        if (first) cell.dataset.number = field.index + 1;
        if (isDim({ byte, field })) {
            cell.classList.add("dim");
            return cell;
        }
        const character = byte === 0x20 ? "␣" : byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "\u00a0";
        cell.append(hex([byte]), make("small", {}, character));
        return cell;
    }

    // --- The blobs: a digest lights up what it names, and a button proves it.

    // A browser that follows a link to a section takes the keyboard along, since the section may have the focus.
    function blobs(root) {
        const target = (link) => document.getElementById(link.hash.slice(1));
        for (const link of root.querySelectorAll('a[href^="#blob-"]')) {
            const light = (on) => () => target(link)?.classList.toggle("named", on);
            link.addEventListener("pointerenter", light(true));
            link.addEventListener("pointerleave", light(false));
            link.addEventListener("focus", light(true));
            link.addEventListener("blur", light(false));
        }
        // Browsers hash in pages that came by HTTPS, from this machine, or from a file.
        if (window.crypto?.subtle) root.querySelectorAll("section[data-bytes]").forEach(prove);
    }

    const sha256 = async (bytes) => "sha256:" + hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

    async function gunzip(bytes) {
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    }

    function prove(section) {
        const button = make("button", { type: "button" }, "Compute the SHA-256 of these bytes");
        const output = make("output");
        button.addEventListener("click", async () => {
            const bytes = bytesOf(section);
            const name = section.querySelector(".path").textContent.replace("blobs/sha256/", "sha256:");
            const lines = [line(`SHA-256 of the ${bytes.length} bytes of the file`, await sha256(bytes), name, "the name of the file")];
            const diffId = section.querySelector(".diff-id")?.textContent;
            if (diffId && window.DecompressionStream) {
                const archive = await gunzip(bytes);
                lines.push(line(`SHA-256 of the ${archive.length} bytes of the archive within`, await sha256(archive), diffId, "the DiffID"));
            }
            output.replaceChildren(...lines);
        });
        section.append(button, output);
    }

    function line(what, computed, expected, called) {
        const verdict = computed === expected ? `✓ That is ${called}.` : `✗ That is not ${called}, ${expected}.`;
        return make("p", {}, `${what}: `, make("code", {}, computed), make("br"), verdict);
    }

    // --- What scrolls sideways must be within reach of the keyboard.

    function reachable(element) {
        const scrolls = element.scrollWidth > element.clientWidth;
        if (scrolls) element.tabIndex = 0;
        else element.removeAttribute("tabindex");
    }
    const scrollers = document.querySelectorAll("main pre > code, main .table-wrapper");
    const watch = new ResizeObserver((entries) => entries.forEach((entry) => reachable(entry.target)));
    scrollers.forEach((element) => watch.observe(element));
    // A font that arrives late makes the text wider, and not the block.
    document.fonts.ready.then(() => scrollers.forEach(reachable));

    // --- mdBook's button for the table of contents is a label, which no keyboard reaches.

    const toggle = document.getElementById("mdbook-sidebar-toggle");
    if (toggle?.localName === "label") {
        toggle.setAttribute("role", "button");
        toggle.tabIndex = 0;
        toggle.addEventListener("keydown", (event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            toggle.click();
        });
    }

    document.querySelectorAll(".byte-map").forEach(byteMap);
    document.querySelectorAll(".blobs").forEach(blobs);
})();
