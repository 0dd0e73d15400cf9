// What moves: the search, the byte map, the blobs; and what is left of them without JavaScript.

export async function checkSearch(tab, url, check, pages) {
    await tab.goto(url);
    await tab.click("#mdbook-search-toggle");
    await tab.locator("#mdbook-searchbar").pressSequentially("whiteout");
    const first = tab.locator("#mdbook-searchresults li a").first();
    await first.waitFor();
    const results = await tab.locator("#mdbook-searchresults li a").evaluateAll((links) => links.map((link) => link.pathname));
    const known = results.filter((result) => pages.some((page) => result.endsWith(`/${page}`)));
    check("search finds whiteout", known.length > 0 ? [] : [`it finds ${results.join(", ")}`]);
    await first.click();
    await tab.waitForLoadState();
    check("a result leads to its word", await tab.locator("main mark").count() > 0 ? [] : [`nothing is marked in ${tab.url()}`]);
}

export async function checkByteMap(tab, url, check) {
    await tab.goto(url);
    const panel = tab.locator(".byte-panel");
    const buttons = tab.locator(".byte-fields button");
    const names = await tab.locator(".byte-map tbody th").evaluateAll((cells) => cells.map((cell) => cell.textContent));
    const lengths = await tab.locator(".byte-map tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.cells[1].textContent)));
    const shows = async (index) => {
        const told = await panel.locator(".field").textContent();
        const lit = await tab.locator(".byte.lit").count();
        return [
            ...(told === names[index] ? [] : [`${names[index]} expected, the panel tells of ${told}`]),
            ...(lit === lengths[index] ? [] : [`${names[index]} has ${lengths[index]} bytes, ${lit} are lit`]),
        ];
    };
    check("a field is a button", await buttons.count() === names.length ? [] : [`${await buttons.count()} buttons, ${names.length} fields`]);
    check("the map has 512 bytes", await tab.locator(".byte").count() === 512 ? [] : [`${await tab.locator(".byte").count()}`]);
    check("a screen reader hears the panel", await panel.getAttribute("aria-live") === "polite" ? [] : ["no aria-live"]);
    await buttons.first().focus();
    check("the first field", await shows(0));
    await tab.keyboard.press("ArrowRight");
    check("an arrow leads to the next field", await shows(1));
    await tab.keyboard.press("Tab");
    check("Tab leads to the next field", await shows(2));
    await tab.keyboard.press("ArrowLeft");
    check("an arrow leads back", await shows(1));
    await tab.keyboard.press("End");
    check("End leads to the last field", await shows(names.length - 1));
    check("an arrow does not turn the page", tab.url() === url ? [] : [tab.url()]);
    await tab.locator('.byte[data-field="4"]').first().hover();
    check("a byte below the mouse tells its field", await shows(4));
    await tab.locator('.byte[data-field="6"]').first().click();
    check("a byte that is clicked tells its field", await shows(6));
}

export async function checkBlobs(tab, url, check) {
    await tab.goto(url);
    const links = tab.locator(".blobs pre a");
    const problems = await links.count() < 4 ? [`only ${await links.count()} digests are links`] : [];
    for (const link of await links.all()) {
        const id = (await link.getAttribute("href")).slice(1);
        const section = tab.locator(`[id="${id}"]`);
        if (await section.count() !== 1) {
            problems.push(`there is no ${id}`);
            continue;
        }
        await link.focus();
        if (!/\bnamed\b/.test(await section.getAttribute("class"))) problems.push(`${id} does not light up`);
        await tab.keyboard.press("Enter");
        await tab.waitForFunction((id) => document.activeElement?.id === id, id, { timeout: 2000 })
            .catch(() => problems.push(`the keyboard does not follow to ${id}`));
        const top = await section.evaluate((element) => element.getBoundingClientRect().top);
        const height = tab.viewportSize().height;
        if (!tab.url().endsWith(`#${id}`) || top < 0 || top > height) problems.push(`${id} does not come into view`);
    }
    check("a digest leads to what it names", problems);
    const sections = tab.locator(".blobs section[data-bytes]");
    const proofs = [];
    for (const section of await sections.all()) {
        await section.locator("button").click();
        await section.locator("output p").first().waitFor();
        const text = await section.locator("output").innerText();
        if (text.includes("✗") || !text.includes("✓")) proofs.push(text);
    }
    check("the SHA-256 of a blob is its name", await sections.count() === 3 ? proofs : [`${await sections.count()} blobs`]);
}

export async function checkWithoutScript(tab, url, check) {
    await tab.goto(url);
    const rows = await tab.locator(".byte-map tbody tr").all();
    if (rows.length > 0) {
        const visible = await Promise.all(rows.map((row) => row.isVisible()));
        check("the table of the fields is open", visible.every(Boolean) ? [] : ["it is hidden"]);
    }
    for (const link of await tab.locator(".blobs pre a").all()) {
        const id = (await link.getAttribute("href")).slice(1);
        await link.click();
        const led = tab.url().endsWith(`#${id}`) && await tab.locator(`[id="${id}"]:target`).isVisible();
        check("a digest leads to what it names", led ? [] : [id]);
    }
}
