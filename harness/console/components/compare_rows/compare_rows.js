/* Two calls turn by turn: what was said, how long the wait was, and what is different. */

const tables = new WeakMap()

class Compare {
  constructor(parent) {
    this.turns = el("div", { class: "turns", role: "listbox", "aria-label": "Turns of both calls" })
    this.heads = el("div", { class: "line heads" })
    this.play = el("button", { class: "btn", type: "button", onclick: () => this.hear() })
    this.links = ["A", "B"].map(name =>
      el("a", { class: "look", target: "_self" }, this.side(name), "Inspect")
    )
    this.foot = el(
      "div",
      { class: "foot" },
      this.play,
      ...this.links,
      el("span", { class: "keys" }, el("kbd", { text: "←" }), el("kbd", { text: "→" }), " turn ", el("kbd", { text: "F" }), " next change")
    )
    this.root = el("div", { class: "rb compare" }, this.heads, this.turns, this.foot)
    this.hold = el("div", { class: "hold" }, this.root)
    this.sent = []
    this.audio = new Audio()
    this.audio.preload = "metadata"
    this.audio.addEventListener("timeupdate", () => this.past())
    this.audio.addEventListener("error", () => this.stop())
    this.keys = event => this.key(event)
    document.addEventListener("keydown", this.keys)
    parent.append(this.hold)
  }

  show(data, keep) {
    this.data = data
    this.keep = keep
    fill(
      this.heads,
      el("span"),
      el("span", {}, this.side("A"), data.names[0]),
      el("span", { class: "mid", text: "Heard, B − A" }),
      el("span", {}, this.side("B"), data.names[1])
    )
    const shape = JSON.stringify(data.rows)
    if (shape !== this.shape) {
      this.shape = shape
      fill(this.turns, ...data.rows.map((row, at) => this.line(row, at)))
      this.given = undefined
    }
    // Where the page leads; what it only repeats of ours, and what it said before that, moves nothing.
    if (data.chosen !== this.given && !this.repeats(data.chosen)) this.mark(data.chosen ?? data.begin)
    else this.mark(this.chosen)
    this.given = data.chosen
    this.play.hidden = !data.calls.some(call => call.token)
  }

  side(name) {
    return el("span", { class: `side ${name}`, "aria-hidden": "true", text: name })
  }

  line(row, at) {
    return el(
      "div",
      {
        class: "line",
        role: "option",
        tabindex: "-1",
        "aria-selected": "false",
        onclick: () => this.choose(at)
      },
      el("span", { class: "n num", text: row.n ? String(row.n) : "" }),
      this.said(row, "a"),
      this.between(row),
      this.said(row, "b")
    )
  }

  said(row, name) {
    const side = row[name]
    if (!side) return el("span", { class: "missing", text: `No such turn in ${name.toUpperCase()}` })
    const own = name === "a" ? "only_a" : "only_b"
    const words = row.diff
      ? row.diff
          .filter(([op]) => op === "same" || op === own)
          .flatMap(([op, text]) => [op === "same" ? text : el("mark", { text }), " "])
      : [side.agent]
    return el(
      "span",
      {},
      side.caller ? el("div", { class: "caller", text: side.caller }) : null,
      side.silent
        ? el("div", { class: "silent", text: side.waited_s ? `No answer for ${secondsText(side.waited_s)}` : "No answer" })
        : el("div", { class: "agent" }, ...words)
    )
  }

  between(row) {
    const heard = side => (side && side.heard_s != null ? side.heard_s.toFixed(2).replace("-", "−") : "–")
    const chips = {
      only_a: ["badge", "only in A"],
      only_b: ["badge", "only in B"],
      no_answer: [`badge ${row.b?.silent ? "fail" : "pass"}`, row.b?.silent ? "no answer" : "answered"],
      slower: ["badge fail", `↑ ${signedText(row.by_s ?? 0)}`],
      faster: ["badge pass", `↓ ${signedText(row.by_s ?? 0)}`]
    }
    const [look, text] = chips[row.kind] ?? ["badge", row.by_s === null ? "same" : signedText(row.by_s)]
    const timed = row.a?.heard_s != null || row.b?.heard_s != null
    return el(
      "span",
      { class: "mid num" },
      el("span", { class: row.spoiled ? "badge" : look, text }),
      row.spoiled ? el("span", { text: "timing spoiled" }) : null,
      timed ? el("span", { text: `${heard(row.a)} → ${heard(row.b)}` }) : null
    )
  }

  /* Whether the page gives back what was sent to it; then all sent before is answered, too. */
  repeats(chosen) {
    const place = this.sent.indexOf(chosen)
    this.sent = this.sent.slice(place + 1)
    return place >= 0
  }

  choose(at) {
    this.sent.push(at)
    this.mark(at)
    this.stop()
    oncePageIsOpen(this.root, () => this.keep("turn", { at, n: pickNumber() }))
  }

  mark(at) {
    this.chosen = at
    ;[...this.turns.children].forEach((node, i) => {
      node.classList.toggle("chosen", i === at)
      node.setAttribute("aria-selected", String(i === at))
      node.tabIndex = i === at ? 0 : -1
    })
    const node = this.turns.children[at]
    if (node) showWithin(this.turns, node)
    this.label()
    this.lead()
  }

  label() {
    const row = this.data.rows[this.chosen]
    const playing = this.queue?.length || !this.audio.paused
    fill(
      this.play,
      icon(playing ? "stop" : "play_arrow"),
      playing ? "Stop" : row?.n ? `Play turn ${row.n}, A then B` : "Play the greeting, A then B",
      el("kbd", { text: "Space" })
    )
  }

  /* Of the chosen turn the way to its second in either call. */
  lead() {
    const row = this.data.rows[this.chosen]
    this.links.forEach((link, i) => {
      const side = row?.[i ? "b" : "a"]
      const from = side?.from ?? null
      link.hidden = from === null
      if (link.hidden) return
      const query = new URLSearchParams({ call: this.data.calls[i].id, turn: side.turn, t: from.toFixed(1) })
      link.href = `${this.data.base || ""}/inspect?${query}`
      const turn = side.turn ? `turn ${side.turn}` : "the greeting"
      link.setAttribute("aria-label", `Inspect ${turn} in ${i ? "B" : "A"}`)
    })
  }

  hear() {
    if (this.queue?.length || !this.audio.paused) return this.stop()
    const row = this.data.rows[this.chosen]
    if (!row) return
    this.queue = ["a", "b"]
      .map((name, i) => ({ side: row[name], call: this.data.calls[i] }))
      .filter(({ side, call }) => side && call.token && side.from !== null)
    this.next()
  }

  next() {
    const now = this.queue?.shift()
    if (!now) return this.stop()
    this.until = now.side.to + 0.3
    const address = `${this.data.base || ""}/ringback/calls/${encodeURIComponent(now.call.id)}/recording?token=${encodeURIComponent(now.call.token)}`
    const start = () => {
      this.audio.currentTime = Math.max(0, now.side.from - 0.2)
      this.audio.play().catch(() => this.stop())
      this.label()
    }
    if (this.address === address) start()
    else {
      this.address = address
      this.audio.addEventListener("loadedmetadata", start, { once: true })
      this.audio.src = address
    }
    this.label()
  }

  past() {
    if (this.audio.paused || this.audio.currentTime < this.until) return
    this.audio.pause()
    this.next()
  }

  stop() {
    this.queue = []
    this.audio.pause()
    this.label()
  }

  key(event) {
    if (inTextField(event) || event.ctrlKey || event.metaKey || event.altKey) return
    if (document.querySelector('[role="dialog"]')) return
    const onControl = event.composedPath()[0] instanceof HTMLButtonElement
    const last = this.data.rows.length - 1
    if (event.key === "ArrowRight") this.choose(Math.min(last, this.chosen + 1))
    else if (event.key === "ArrowLeft") this.choose(Math.max(0, this.chosen - 1))
    else if (event.key.toLowerCase() === "f") {
      const order = [...Array(last + 1).keys()].map(i => (this.chosen + 1 + i) % (last + 1))
      const found = order.find(i => this.data.rows[i].differs)
      if (found === undefined) return
      this.choose(found)
    } else if (event.key === " " && !onControl && !this.play.hidden) this.hear()
    else return
    event.preventDefault()
  }

  remove() {
    document.removeEventListener("keydown", this.keys)
    this.audio.pause()
    this.hold.remove()
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let table = tables.get(parentElement)
  if (!table) tables.set(parentElement, (table = new Compare(parentElement)))
  table.show(data, setStateValue)
  return () => {
    table.remove()
    tables.delete(parentElement)
  }
}
