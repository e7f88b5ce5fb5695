"use strict";
/* Lists, filters and the opened finding. Everything here also stands in the page as HTML for the first findings; the packed data
   adds the others. Text reaches the page through textContent only, except the bodies and large tables, which the report's own templates escaped. */
(async () => {
  const STEP = 100;
  const FIRST = { ambiguity: 20, known: 20 }; // nobody is wrong there: a few, until somebody asks for more or filters
  const FILTERS = ["q", "kind", "framework", "operator", "target", "sort"];
  const ROWS = ".finding > summary, .fold > summary";
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
  const get = (name, i) => {
    if (name === "since") return get("section", i) === "new" ? "" : get("seen", i).slice(0, 10);
    return coded.has(name) ? strings[columns[name][i]] : columns[name][i];
  };
  const place = new Map(columns.id.map((id, i) => [id, i]));
  const causeOf = data.sizes.flatMap((size, cause) => Array(size).fill(cause));
  const nodes = new Map(all(".finding").map((node) => [node.dataset.id, node]));
  const folds = new Map(); // cause to its folded rest, and how many of those are shown once it is open
  const groups = all(".group").map((group) => ({ group, name: group.dataset.section, limit: 0 }));
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
    const again = $(".again", node);
    const [shown, tried] = get("reproduced", i).split(" of ").map(Number);
    again.hidden = !tried;
    again.classList.toggle("flaky", shown < tried);
    $(".since", node).hidden = !get("since", i);
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

  const isFiltered = () => ["q", "kind", "framework", "operator", "target"].some((name) => state[name]);

  const nodeOf = (i) => nodes.get(columns.id[i]) || makeNode(i);

  /* The findings of a cause after its first one. They become nodes only once somebody opens the fold. */
  const fillFold = (fold) => {
    const shown = fold.rest.slice(0, fold.limit);
    const wanted = fold.rest.find((i) => columns.id[i] === state.finding);
    if (wanted !== undefined && !shown.includes(wanted)) shown.push(wanted);
    const left = fold.rest.length - shown.length;
    const more = document.createElement("button");
    more.type = "button";
    more.textContent = `Show more (${left.toLocaleString("en")} left)`;
    more.addEventListener("click", () => { fold.limit += 5 * STEP; fillFold(fold); });
    $(".folded", fold.node).replaceChildren(...shown.map(nodeOf), ...(left ? [more] : []));
  };

  const makeFold = (cause) => {
    const fold = { node: $("#fold").content.firstElementChild.cloneNode(true), rest: [], limit: STEP };
    const [title, about] = data.about[cause];
    $(".cause-title", fold.node).textContent = title;
    $(".about", fold.node).textContent = about;
    fold.node.addEventListener("toggle", () => { if (fold.node.open && !$(".folded", fold.node).firstChild) fillFold(fold); });
    folds.set(cause, fold);
    return fold;
  };

  const makeCause = (members) => {
    const wrapper = document.createElement("div");
    wrapper.className = "cause";
    wrapper.append(nodeOf(members[0]));
    if (members.length > 1) {
      const cause = causeOf[members[0]];
      const fold = folds.get(cause) || makeFold(cause);
      fold.rest = members.slice(1);
      fold.limit = STEP;
      $(".more-of", fold.node).textContent = `${fold.rest.length.toLocaleString("en")} more of this cause`;
      fold.node.open = fold.node.open || fold.rest.some((i) => columns.id[i] === state.finding);
      if (fold.node.open) fillFold(fold);
      else $(".folded", fold.node).replaceChildren();
      wrapper.append(fold.node);
    }
    return wrapper;
  };

  const byCause = (found) => {
    const causes = new Map();
    for (const i of found) {
      if (causes.has(causeOf[i])) causes.get(causeOf[i]).push(i);
      else causes.set(causeOf[i], [i]);
    }
    return [...causes.values()];
  };

  const render = () => {
    const found = [];
    for (let i = 0; i < total; i++) if (matches(i) || columns.id[i] === state.finding) found.push(i);
    if (Object.hasOwn(compare, state.sort)) found.sort(compare[state.sort]);
    const filtered = isFiltered();
    const sections = new Map(groups.map(({ name }) => [name, []]));
    for (const i of found) sections.get(get("section", i)).push(i);
    for (const entry of groups) {
      const causes = byCause(sections.get(entry.name));
      const limit = entry.limit || (!filtered && FIRST[entry.name]) || STEP;
      const opened = causes.findIndex((members) => members.some((i) => columns.id[i] === state.finding));
      const shown = causes.slice(0, limit);
      if (opened >= limit) shown.push(causes[opened]);
      const key = shown.map((members) => members.join()).join(";");
      if (entry.key !== key) $(".list", entry.group).replaceChildren(...shown.map(makeCause));
      entry.key = key;
      const more = $("[data-more]", entry.group);
      const left = causes.length - Math.min(limit, causes.length);
      more.hidden = !left;
      more.textContent = `Show more (${left.toLocaleString("en")} left)`;
      entry.shown = limit;
      entry.group.hidden = filtered && !causes.length;
    }
    $("main").classList.toggle("filtered", filtered);
    for (const name of FILTERS) if (form.elements[name]) form.elements[name].value = state[name] || "";
    const target = state.target ? ` on ${state.target}` : "";
    $("output", form).textContent = filtered ? `${found.length.toLocaleString("en")} of ${total.toLocaleString("en")}${target}` : "";
  };

  const openFinding = () => {
    const i = state.finding && place.get(state.finding);
    if (i === undefined || i === "") return;
    const fold = folds.get(causeOf[i]);
    if (fold && fold.rest.includes(i)) {
      fold.node.open = true;
      fillFold(fold);
    }
    const node = nodes.get(state.finding);
    if (!node) return;
    fillBody(node);
    node.open = true;
    node.scrollIntoView({ block: "start" });
    $("summary", node).focus({ preventScroll: true });
  };

  const change = (changes) => {
    state = { ...state, ...changes };
    for (const entry of groups) entry.limit = 0;
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
      const entry = groups.find(({ group }) => group.contains(button));
      entry.limit = entry.shown + 5 * STEP;
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
    const here = event.target.closest && event.target.closest(ROWS);
    if (!here || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const summaries = all(ROWS).filter((node) => node.checkVisibility());
    const next = summaries[summaries.indexOf(here) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });

  addEventListener("hashchange", () => { const read = readHash(); if (read) { state = read; render(); openFinding(); if (!state.finding) form.scrollIntoView(); } });
  addEventListener("popstate", () => { const read = readHash(); if (read) { state = read; render(); } });

  form.hidden = false;
  prepare(document);
  render();
  openFinding();
  performance.mark("ready");
  document.documentElement.dataset.ready = "yes";
})();
