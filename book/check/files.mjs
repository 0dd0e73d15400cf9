// What the files of the built book say, without a browser.
import fs from "node:fs";
import path from "node:path";

// Each file that loads something by its address: a script, a style, a picture. A link that a reader follows is none of them.
export function loadsFromNetwork(book) {
    const far = String.raw`\s*["']?\s*(?:https?:)?//`;
    const patterns = {
        ".html": [
            String.raw`<(?:script|link|img|iframe|source|video|audio|object|embed|image|use)\b[^>]*\s(?:src|href|data|poster|srcset|xlink:href)=` + far,
            String.raw`@import\s+(?:url\()?` + far,
            String.raw`url\(` + far,
        ],
        ".css": [String.raw`@import\s+(?:url\()?` + far, String.raw`url\(` + far],
        ".js": [
            String.raw`<(?:script|link|img|iframe)\b[^>]*\s(?:src|href)=` + far,
            String.raw`\.(?:src|href)\s*=` + far,
            String.raw`\b(?:import|importScripts)\s*\(?` + far,
        ],
    };
    const problems = [];
    for (const file of fs.readdirSync(book, { recursive: true })) {
        for (const pattern of patterns[path.extname(file)] ?? []) {
            const match = fs.readFileSync(path.join(book, file), "utf8").match(new RegExp(pattern, "i"));
            if (match) problems.push(`${file}: ${match[0].replace(/\s+/g, " ").slice(-100)}`);
        }
    }
    return problems;
}

// Each link to a file or an anchor that is not in the book; page.mjs has collected them.
export function brokenLinks(book, { links, ids }) {
    const problems = [];
    for (const [page, targets] of links) {
        for (const target of targets) {
            const [file, anchor] = target.split("#");
            const to = path.posix.normalize(path.posix.join(path.posix.dirname(page), file || path.posix.basename(page)));
            if (!fs.existsSync(path.join(book, to))) problems.push(`${page}: no such file: ${target}`);
            else if (anchor && ids.has(to) && !ids.get(to).has(anchor)) problems.push(`${page}: no such anchor: ${target}`);
        }
    }
    return problems;
}
