"use strict";
/* Lists, filters and the opened finding. Everything here also stands in the page as HTML for the first findings; the packed data
   adds the others. Text reaches the page through textContent only, except the bodies and large tables, which the report's own templates escaped. */
(async () => {
  const STEP = 100;
  const FILTERS = ["q", "kind", "framework", "operator", "target", "sort"];
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob($("#" + id).textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  };

  const [data, bodies, tables] = await Promise.all([unpack("rows"), unpack("bodies"), unpack("tables")]);
  for (const place of all("[data-packed]")) place.innerHTML = tables[place.dataset.packed];
  const { columns, strings } = data;
  const coded = new Set(data.coded);
  const total = columns.id.length;
  const get = (name, i) => (coded.has(name) ? strings[columns[name][i]] : columns[name][i]);
  const place = new Map(columns.id.map((id, i) => [id, i]));
  const nodes = new Map(all(".finding").map((node) => [node.dataset.id, node]));
  const groups = all(".group").map((group) => ({ group, name: group.dataset.section, limit: STEP }));
  const form = $(".filters");

  const readHash = () => {
    const text = location.hash.slice(1);
    return text.includes("=") ? Object.fromEntries(new URLSearchParams(text)) : null;
  };
  let state = readHash() || {};

  const writeHash = (push) => {
    const kept = Object.entries(state).filter(([, value]) => value);
    const hash = kept.length ? "#" + new URLSearchParams(kept) : location.pathname + location.search;
    history[push ? "pushState" : "replaceState"](null, "", hash);
  };

  const prepare = (root) => {
    for (const button of all("button[hidden]", root)) button.hidden = button.hasAttribute("data-more");
    windowPictures(root);
  };

  const makeNode = (i) => {
    const node = $("#line").content.firstElementChild.cloneNode(true);
    const id = columns.id[i];
    node.id = "f-" + id;
    node.dataset.id = id;
    for (const slot of all("[data-f]", node)) slot.textContent = get(slot.dataset.f, i);
    $(".kind", node).dataset.kind = get("kind", i);
    $(".again", node).hidden = !get("reproduced", i);
    nodes.set(id, node);
    return node;
  };

  const fillBody = (node) => {
    if ($(".body", node)) return;
    const id = node.dataset.id;
    const body = document.createElement("template");
    if (Object.hasOwn(bodies, id)) body.innerHTML = bodies[id];
    else {
      body.content.append($("#absent").content.cloneNode(true));
      const [replay, script] = all("code", body.content);
      replay.textContent = "opdiff replay " + id;
      script.textContent = "opdiff repro " + id;
      $("button", body.content).dataset.copy = replay.textContent;
      $("a", body.content).href = "#finding=" + id;
    }
    node.append(body.content);
    prepare(node);
  };

  const matches = (i) => {
    for (const name of ["kind", "framework", "operator"]) if (state[name] && get(name, i) !== state[name]) return false;
    if (state.target && !get("targets", i).split(" ").includes(state.target)) return false;
    if (!state.q) return true;
    const text = ["id", "kind", "framework", "operator", "quantity", "sentence", "marks"].map((name) => get(name, i)).join(" ").toLowerCase();
    return state.q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  };

  const compare = {
    operator: (a, b) => get("operator", a).localeCompare(get("operator", b)) || a - b,
    count: (a, b) => columns.count[b] - columns.count[a] || a - b,
    seen: (a, b) => get("seen", b).localeCompare(get("seen", a)) || a - b,
  };

  const render = () => {
    const found = [];
    for (let i = 0; i < total; i++) if (matches(i) || columns.id[i] === state.finding) found.push(i);
    if (Object.hasOwn(compare, state.sort)) found.sort(compare[state.sort]);
    const filtered = ["q", "kind", "framework", "operator", "target"].some((name) => state[name]);
    for (const entry of groups) {
      const mine = found.filter((i) => get("section", i) === entry.name);
      const opened = mine.findIndex((i) => columns.id[i] === state.finding);
      const shown = mine.slice(0, entry.limit);
      if (opened >= entry.limit) shown.push(mine[opened]);
      const wanted = shown.map((i) => nodes.get(columns.id[i]) || makeNode(i));
      const list = $(".list", entry.group);
      if (wanted.length !== list.children.length || wanted.some((node, i) => node !== list.children[i])) list.replaceChildren(...wanted);
      const more = $("[data-more]", entry.group);
      more.hidden = mine.length <= entry.limit;
      more.textContent = `Show more (${(mine.length - Math.min(entry.limit, mine.length)).toLocaleString("en")} left)`;
      entry.group.hidden = filtered && !mine.length;
    }
    $("main").classList.toggle("filtered", filtered);
    for (const name of FILTERS) if (form.elements[name]) form.elements[name].value = state[name] || "";
    const target = state.target ? ` on ${state.target}` : "";
    $("output", form).textContent = filtered ? `${found.length.toLocaleString("en")} of ${total.toLocaleString("en")}${target}` : "";
  };

  const openFinding = () => {
    const node = state.finding && place.has(state.finding) && nodes.get(state.finding);
    if (!node) return;
    fillBody(node);
    node.open = true;
    node.scrollIntoView({ block: "start" });
    $("summary", node).focus({ preventScroll: true });
  };

  const change = (changes) => {
    state = { ...state, ...changes };
    for (const entry of groups) entry.limit = STEP;
    writeHash(false);
    render();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => change({ [event.target.name]: event.target.value }));
  $("[data-clear]", form).addEventListener("click", () => change(Object.fromEntries(FILTERS.map((name) => [name, ""]))));

  document.addEventListener("toggle", (event) => {
    const node = event.target;
    if (!node.classList.contains("finding")) return;
    if (node.open) fillBody(node);
    if (node.open && state.finding !== node.dataset.id) { state.finding = node.dataset.id; writeHash(true); }
    if (!node.open && state.finding === node.dataset.id) { state.finding = ""; writeHash(true); }
  }, true);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-more")) {
      groups.find((entry) => entry.group.contains(button)).limit += 5 * STEP;
      render();
    }
    const text = button.dataset.copy || (button.hasAttribute("data-copy-next") && $("pre", button.closest("section")).textContent);
    if (!text) return;
    try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { button.textContent = "Press Ctrl+C"; select(button); }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  const select = (button) => {
    const source = button.dataset.copy ? $("code", button.parentElement) : $("pre", button.closest("section"));
    getSelection().selectAllChildren(source);
  };

  document.addEventListener("keydown", (event) => {
    const here = event.target.closest && event.target.closest(".finding > summary");
    if (!here || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const summaries = all(".finding > summary").filter((node) => node.offsetParent);
    const next = summaries[summaries.indexOf(here) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });

  addEventListener("hashchange", () => { const read = readHash(); if (read) { state = read; render(); openFinding(); if (!state.finding) form.scrollIntoView(); } });
  addEventListener("popstate", () => { const read = readHash(); if (read) { state = read; render(); } });

  form.hidden = false;
  prepare(document);
  render();
  openFinding();
  document.documentElement.dataset.ready = "yes";
})();
