/* A plain text area with numbered lines. What is typed goes to the page a moment after the last key;
 * the page's text is taken over only when it was changed by something else than typing. */

const REST_MS = 350
const editors = new WeakMap()

export default function ({ data, parentElement, setStateValue }) {
  let editor = editors.get(parentElement)
  if (!editor) {
    editor = new Editor(parentElement)
    editors.set(parentElement, editor)
  }
  editor.send = text => setStateValue("text", text)
  editor.update(data)
  return () => {
    editor.destroy()
    editors.delete(parentElement)
  }
}

/* What stands between backticks is code. */
const coded = text => text.split("`").map((part, i) => (i % 2 ? el("code", { text: part }) : part))

class Editor {
  constructor(parent) {
    this.gutter = el("div", { class: "gutter", "aria-hidden": "true" })
    this.behind = el("pre", { "aria-hidden": "true" })
    this.area = el("textarea", {
      "aria-label": "Scenario file, YAML",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      oninput: () => this.typed(),
      onblur: () => this.flush(),
      onscroll: () => this.scrolled(),
      onkeydown: event => this.key(event),
    })
    this.told = el("div", { class: "told", role: "status", "aria-label": "What is wrong" })
    this.root = el("div", { class: "rb ye" },
      el("div", { class: "page" }, this.gutter, el("div", { class: "paper" }, this.behind, this.area)),
      this.told)
    this.box = el("div", { class: "box" }, this.root)
    this.problems = []
    parent.append(this.box)
  }

  destroy() {
    this.flush()
    this.box.remove()
  }

  update({ text, revision, problems }) {
    if (this.revision !== revision) {
      clearTimeout(this.rest)
      this.rest = null
      this.revision = revision
      if (this.area.value !== text) {
        const { scrollTop, scrollLeft } = this.area
        this.area.value = text
        this.area.scrollTop = scrollTop
        this.area.scrollLeft = scrollLeft
      }
    }
    this.problems = problems
    this.draw()
    this.tell()
  }

  typed() {
    this.draw()
    clearTimeout(this.rest)
    this.rest = setTimeout(() => this.flush(), REST_MS)
  }

  flush() {
    if (!this.rest) return
    clearTimeout(this.rest)
    this.rest = null
    this.send(this.area.value)
  }

  /* A new line is indented as the one before it. */
  key(event) {
    event.stopPropagation()
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return
    const { value, selectionStart } = this.area
    const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart)
    const indent = line.match(/^ */)[0]
    if (!indent) return
    event.preventDefault()
    document.execCommand("insertText", false, `\n${indent}`)
  }

  draw() {
    const marks = new Map()
    for (const { line, warning } of this.problems)
      if (!warning || !marks.has(line)) marks.set(line, warning ? "odd" : "bad")
    const lines = this.area.value.split("\n")
    fill(this.gutter, ...lines.map((_, i) => el("div", { class: marks.get(i + 1), text: `${i + 1}` })))
    fill(this.behind, ...lines.map((line, i) => {
      const note = line.match(/(^|\s)#.*$/)
      const from = note ? note.index : line.length
      return el("div", { class: marks.get(i + 1) }, line.slice(0, from) || (note ? "" : "\u200b"),
        note ? el("i", { text: line.slice(from) }) : null)
    }))
    this.scrolled()
  }

  scrolled() {
    this.gutter.scrollTop = this.area.scrollTop
    this.behind.scrollTop = this.area.scrollTop
    this.behind.scrollLeft = this.area.scrollLeft
  }

  tell() {
    if (!this.problems.length) {
      fill(this.told, el("div", { class: "good" }, icon("check_circle"), "Can be called"))
      return
    }
    fill(this.told, ...this.problems.map(({ line, message, remedy, warning }) =>
      el("button", { class: warning ? "odd" : "bad", type: "button", onclick: () => this.go(line) },
        icon(warning ? "warning" : "error"),
        el("span", { class: "at", text: `Line ${line}` }),
        el("span", {}, ...coded(message)),
        remedy ? el("span", { class: "how", text: remedy }) : null)))
  }

  go(line) {
    const lines = this.area.value.split("\n")
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
    this.area.focus()
    this.area.setSelectionRange(start, start + (lines[line - 1] ?? "").length)
    this.area.scrollTop = Math.max(0, (line - 6) * 19)
    this.area.scrollLeft = 0
    this.scrolled()
  }
}
