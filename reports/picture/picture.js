"use strict";
/* The products under the pointer. Facts come from data-picture; text reaches the page through textContent only. */
const windowPictures = (() => {
  const LISTED = 40;
  const index = (values) => `(${values.join(", ")})`;
  const shape = (values) => `[${values.join(", ")}]`;
  const number = (value) =>
    Number.isFinite(value) ? String(Number(value.toPrecision(6))) : Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

  /* [narrow cell i, tap t] with i s + t d = place, by ascending i. */
  const meetings = ([size, kernel, stride, dilation], place) => {
    const found = [];
    const first = Math.max(Math.ceil((place - stride * (size - 1)) / dilation), 0);
    for (let tap = Math.min(Math.floor(place / dilation), kernel - 1); tap >= first; tap -= 1) {
      const rest = place - tap * dilation;
      if (rest % stride === 0) found.push([rest / stride, tap]);
    }
    return found;
  };

  const every = (along) => along.reduce((pairs, own) => pairs.flatMap((pair) => own.map((next) => [...pair, next])), [[]]);

  const value = (facts, pair) => {
    let [i, t] = [0, 0];
    pair.forEach(([source, tap], axis) => { i = i * facts.axes[axis][0] + source; t = t * facts.axes[axis][1] + tap; });
    const terms = facts.x.map((row, channel) => [Number(row[i]), Number(facts.w[channel][t])]);
    return { terms, total: terms.reduce((sum, [x, w]) => sum + x * w, 0) };
  };

  const product = (facts, pair) => {
    const source = shape(pair.map(([i]) => i));
    const tap = shape(pair.map(([, t], axis) => (facts.flipped ? facts.axes[axis][1] - 1 - t : t)));
    if (!facts.transposed) return `kernel${tap} × it goes into output${source}`;
    const text = `input${source} × kernel${tap}`;
    if (!facts.x) return text;
    const { terms, total } = value(facts, pair);
    if (terms.length !== 1) return `${text} = ${number(total)}, summed over ${terms.length} channels`;
    return `${text} = ${number(terms[0][0])} × ${number(terms[0][1])} = ${number(total)}`;
  };

  const shown = (facts, at, [label, windows]) => {
    const inside = windows.every(([lo, out], axis) => lo <= at[axis] && at[axis] < lo + out);
    const own = index(windows.map(([lo], axis) => at[axis] - lo));
    return `${label}: ${facts.transposed ? (inside ? `output ${own}` : "not shown") : inside ? `input ${own}` : "a zero of the padding"}`;
  };

  const head = (facts, at, pairs) => {
    const cell = `${facts.transposed ? "canvas" : "padded input"} cell ${index(at)}`;
    const count = pairs.length;
    const plural = count === 1 ? "" : "s";
    const outside = facts.axes.some(([size, kernel, stride, dilation], axis) =>
      at[axis] < 0 || at[axis] > (size - 1) * stride + (kernel - 1) * dilation);
    let text = !facts.transposed ? `${cell} is read ${count} time${plural}`
      : count ? `${cell} is the sum of ${count} product${plural}` : `${cell}: no product`;
    if (outside) text = `${cell} is outside the canvas: no product falls there`;
    if (!facts.transposed) return text;
    if (facts.x) text += ` = ${number(pairs.reduce((sum, pair) => sum + value(facts, pair).total, 0))}${facts.where ? ` (${facts.where})` : ""}`;
    return facts.bias ? `${text}, plus the bias${facts.bias === true ? "" : ` ${facts.bias}`}` : text;
  };

  const list = (kind, lines) => {
    const node = document.createElement("ul");
    node.className = kind;
    for (const line of lines) node.appendChild(document.createElement("li")).textContent = line;
    return lines.length ? [node] : [];
  };

  const tell = (root, facts, at) => {
    const pairs = every(facts.axes.map((axis, i) => meetings(axis, at[i])));
    const lines = pairs.slice(0, LISTED).map((pair) => product(facts, pair));
    if (pairs.length > LISTED) lines.push(`and ${pairs.length - LISTED} more`);
    const first = document.createElement("p");
    first.textContent = head(facts, at, pairs);
    const views = facts.views.map((view) => shown(facts, at, view));
    root.querySelector(".products").replaceChildren(first, ...list("terms", lines), ...list("shown", views));
  };

  const scale = (text) => {
    const [axis, edge, first, step, stop] = text.split(" ").map(Number);
    return { axis, edge, first, step, stop };
  };

  const mark = (root, facts, at) => {
    for (const node of root.querySelectorAll(".mark")) node.remove();
    for (const svg of root.querySelectorAll("svg")) {
      const cursor = svg.querySelector(".at");
      for (const [name, text] of [["x", svg.dataset.x], ["y", svg.dataset.y]]) {
        if (!text) continue;
        const { axis, edge, first, step } = scale(text);
        cursor.setAttribute(name, edge + (at[axis] - first) * step);
      }
      cursor.removeAttribute("visibility");
      if (svg.dataset.y) continue;
      const { axis } = scale(svg.dataset.x);
      const hit = new Set(meetings(facts.axes[axis], at[axis]).map(String));
      for (const kernel of svg.querySelectorAll(".kernel"))
        kernel.querySelectorAll("rect").forEach((rect, tap) => rect.classList.toggle("hit", hit.has(`${kernel.dataset.i},${tap}`)));
    }
  };

  const attend = (root) => {
    const facts = JSON.parse(root.dataset.picture);
    let at = facts.at;
    const choose = (changes) => {
      const next = facts.axes.map((_, axis) => changes.get(axis) ?? at?.[axis] ?? 0);
      if (at && next.every((place, axis) => place === at[axis])) return;
      at = next;
      tell(root, facts, at);
      mark(root, facts, at);
    };
    const within = ({ first, stop }, place) => Math.min(Math.max(place, first), stop - 1);

    for (const svg of root.querySelectorAll("svg")) {
      const scales = [["x", "clientX", "left", "width"], ["y", "clientY", "top", "height"]]
        .filter(([name]) => svg.dataset[name]).map(([name, ...rest]) => [scale(svg.dataset[name]), ...rest]);
      const point = (event) => {
        const box = svg.getBoundingClientRect();
        choose(new Map(scales.map(([own, client, side, length]) => {
          const pixel = ((event[client] - box[side]) * svg.viewBox.baseVal[length]) / box[length];
          return [own.axis, within(own, Math.floor((pixel - own.edge) / own.step) + own.first)];
        })));
      };
      const keys = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1], Home: [0, -Infinity], End: [0, Infinity] };
      svg.addEventListener("pointermove", point);
      svg.addEventListener("pointerdown", point);
      svg.addEventListener("focus", () => { if (!at) choose(new Map()); });
      svg.addEventListener("keydown", (event) => {
        const [which, by] = keys[event.key] || [];
        if (which === undefined || !scales[which] || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        const own = scales[which][0];
        choose(new Map([[own.axis, within(own, (at?.[own.axis] ?? 0) + by)]]));
      });
      svg.tabIndex = 0;
      svg.setAttribute("role", "application");
      svg.setAttribute("aria-label", `${svg.getAttribute("aria-label")} The arrow keys choose a cell; its products are told below.`);
    }
    root.querySelector(".hint").hidden = false;
  };

  return (root) => { for (const node of root.querySelectorAll("[data-picture]")) attend(node); };
})();
