/* A list of short rows: mark, words, something on the right, and a line of evidence below. */

const lists = new WeakMap()

/* The player of the call on this page listens for it. */
const hear = t => window.dispatchEvent(new CustomEvent("ringback-hear", { detail: { t } }))

/* A list that scrolls must be reached by keyboard, or its end cannot be read without a pointer. */
const reach = new ResizeObserver(entries => {
  for (const { target } of entries) reachable(target)
})
const reachable = list => {
  if (list.scrollHeight > list.clientHeight + 1) list.tabIndex = 0
  else list.removeAttribute("tabindex")
}

/* How long a row that names a second counts as what is heard, seconds. */
const SOUNDS_FOR_S = 4

/* Mark the rows whose second has just come in the call that is played. */
function sounding(root, rows, t) {
  const begun = rows.map(row => row.seek).filter(at => at != null && at <= t + 0.05)
  const last = Math.max(...begun)
  rows.forEach((row, i) => {
    const on = row.seek === last && t - last < SOUNDS_FOR_S
    const node = root.children[i]
    if (on && !node.classList.contains("at")) showWithin(root, node)
    node.classList.toggle("at", on)
  })
}

/* A word with its meaning: by pointer, by keyboard and for who does not see it. */
const explained = row =>
  row.tip
    ? el("span", { class: "tipped", tabindex: "0", title: row.tip, "aria-description": row.tip, text: row.text })
    : row.text

/* A word of warning after the text. */
const chip = row =>
  row.chip
    ? el("span", { class: "chip", tabindex: "0", title: row.chip_tip, "aria-description": row.chip_tip, text: row.chip })
    : null

/* Where nothing stands below a row, the second at its right is what is clicked to hear it. */
const atRight = row => {
  if (!row.right) return null
  if (row.seek == null || row.below.length) return el("span", { class: "right num", text: row.right })
  return el("button", {
    class: "right num seek", type: "button", title: "Hear it", text: row.right,
    onclick: () => hear(row.seek),
  })
}

export default function ({ data, parentElement }) {
  let root = lists.get(parentElement)
  if (!root) {
    root = el("div", { role: "list" })
    lists.set(parentElement, root)
    root.at = ({ detail }) => sounding(root, root.rows, detail.t)
    window.addEventListener("ringback-at", root.at)
    parentElement.append(el("div", { class: "hold" }, root))
    reach.observe(root)
  }
  root.rows = data.rows
  root.parentElement.classList.toggle("fills", data.fill)
  root.className = `rb rows ${data.look}`
  root.setAttribute("aria-label", data.label)
  const atEnd = root.scrollHeight - root.scrollTop - root.clientHeight < 24
  while (root.childElementCount > data.rows.length) root.lastChild.remove()
  data.rows.forEach((row, i) => {
    const shape = JSON.stringify(row)
    let node = root.children[i]
    if (!node) {
      node = el("div", { class: "row", role: "listitem" })
      root.append(node)
    }
    if (node.dataset.shape === shape) return
    node.dataset.shape = shape
    node.classList.toggle("now", Boolean(row.now))
    node.classList.toggle("head", row.head)
    fill(
      node,
      row.icon
        ? el(
            "span",
            { class: `mark ${row.tone}`, role: "img", "aria-label": row.word, title: row.word },
            icon(row.icon)
          )
        : null,
      el("span", { class: `text ${row.weight}` }, explained(row), chip(row)),
      atRight(row),
      ...row.below.map((line, at) =>
        at === 0 && row.seek != null
          ? el("button", { class: "below seek", type: "button", title: "Hear it", text: line, onclick: () => hear(row.seek) })
          : el("span", { class: "below", text: line, title: data.look === "tests" ? line : null })
      )
    )
    if (row.now) showWithin(root, node)
  })
  if (data.look === "log" && atEnd) root.scrollTop = root.scrollHeight
  reachable(root)
  return () => {
    reach.unobserve(root)
    window.removeEventListener("ringback-at", root.at)
    root.parentElement.remove()
    lists.delete(parentElement)
  }
}
