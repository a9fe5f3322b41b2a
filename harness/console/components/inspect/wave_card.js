/* The card of the waveform: playing, keys, the part of the call that is looked at. */

const cards = new WeakMap()
const TURN_EVERY_MS = 1000
const ANSWERED_WITHIN_MS = 30000
/* What does something of its own with the arrows. */
const OWN_ARROWS = "[role=tab], [role=slider], [role=radio], [role=menu], [role=grid], .stDataFrame"

class WaveCard {
  constructor(parent, callId) {
    this.player = playerOf(callId)
    this.sent = { at: [], part: [] }
    this.given = { at: undefined, part: undefined, again: undefined }
    this.wave = new InspectWave(this.player, part => this.choosePart(part))
    this.wave.onStretch = () => this.zooms()
    const button = (name, label, key, act, extra = {}) => {
      const text = el("span", { text: label })
      const sign = name ? icon(name) : null
      const node = el("button", { class: "btn sm", type: "button", onclick: act, ...extra }, sign, text)
      if (key) node.append(el("kbd", { "aria-hidden": "true", text: key }))
      return { node, text, sign }
    }
    const small = (name, label, act) =>
      el("button", { class: "small", type: "button", title: label, "aria-label": label, onclick: act }, icon(name))
    const { player } = this
    this.play = button("play_arrow", "Play", "Space", () => player.toggle())
    this.turn = button("", "Turn", "T", () => player.playTurn())
    this.wait = button("", "Wait only", "W", () => player.playWait())
    this.speed = button("", "1×", "", () => player.faster(), { title: "Speed (S)" })
    this.now = el("b")
    this.clock = el("span", { class: "at num" }, this.now, el("span"))
    this.legend = el("span", { class: "lg" })
    this.bar = el("div", { class: "bar" }, this.play.node, this.turn.node, this.wait.node, this.speed.node,
      this.clock, this.legend)
    this.hints = el("span", { class: "hints" })
    this.about = el("span", { class: "about" })
    this.only = el("button", { class: "word", type: "button", onclick: () => this.onlyTurn() })
    this.clear = el("button", { class: "word", type: "button", onclick: () => this.choosePart(null) },
      "Show all", el("kbd", { "aria-hidden": "true", text: "Esc" }))
    this.closer = small("zoom_in", "Zoom in (Ctrl and wheel)", () => this.wave.zoom(0.5))
    this.wider = small("zoom_out", "Zoom out", () => this.wave.zoom(2))
    this.accuracy = el("span", { class: "acc", title: "How far a time on this page can be from the true one." })
    this.under = el("div", { class: "under" }, this.hints, this.about, this.only, this.clear,
      el("span", { class: "push" }), el("span", { class: "pair" }, this.closer, this.wider), this.accuracy)
    this.unplaced = 0
    this.beside = {}
    this.root = el("section", { class: "rb iw", "aria-label": "Waveform", "data-call": callId }, this.bar, this.wave.canvas, this.under)
    this.hold = el("div", { class: "hold" }, this.root)
    parent.append(this.hold)
    this.unsubscribe = player.subscribe(kind => this.news(kind))
    this.onKey = event => this.key(event)
    document.addEventListener("keydown", this.onKey)
    this.onHear = ({ detail }) => player.hear(detail.t)
    window.addEventListener("ringback-hear", this.onHear)
    if (player.view) this.news("view")
  }

  update(data) {
    const { player, given } = this
    player.connect(data.tokens, data.base)
    this.unplaced = data.unplaced
    this.beside = data.beside
    if (JSON.stringify(data.marks) !== JSON.stringify(player.marks)) player.mark(data.marks)
    // Where the page leads; what it only repeats of ours moves nothing.
    const at = data.at.toFixed(1)
    if (!this.repeats("at", at) && (at !== given.at || data.again !== given.again)) player.seek(data.at)
    Object.assign(given, { at, again: data.again })
    const part = JSON.stringify(data.part)
    if (!this.repeats("part", part) && part !== given.part) player.show(data.part)
    given.part = part
    this.wave.recolour()
    if (player.view && !this.wave.asked) this.wave.outline()
    this.show()
  }

  /* Whether the page gives back what was sent to it; then all sent before is answered, too. What
   * followed too soon upon another may never be answered. */
  repeats(what, value) {
    const soon = performance.now() - ANSWERED_WITHIN_MS
    const sent = this.sent[what].filter(each => each.when > soon)
    const place = sent.findIndex(each => each.value === value)
    this.sent[what] = sent.slice(place + 1)
    return place >= 0
  }

  tells(what, value) {
    this.sent[what].push({ value, when: performance.now() })
  }

  news(kind) {
    const { player, wave } = this
    if (kind === "moved") {
      wave.moved()
      return this.tick()
    }
    if (kind === "view") wave.loaded()
    if (kind === "marks") wave.marked()
    if (kind === "part") wave.changed()
    if (kind === "turn") {
      wave.changed()
      if (player.playing) this.tellTurn()
    }
    if (kind === "chosen") this.send()
    if (kind === "expired") this.trigger("renew", Date.now())
    this.show()
  }

  /* --- to the page */

  send() {
    clearTimeout(this.telling)
    this.telling = null
    this.sentAt = performance.now()
    // Never less, so that the turn that begins here has begun; and never after the end.
    const end = Math.floor(this.player.length * 10) / 10
    const t = Math.min(end, Math.ceil(this.player.at * 10 - 1e-6) / 10)
    this.tells("at", t.toFixed(1))
    this.keep("turn", { turn: this.player.turn?.index ?? null, t })
  }

  /* While it plays the page follows from turn to turn, not more than once a second. */
  tellTurn() {
    if (this.telling) return
    const left = TURN_EVERY_MS - (performance.now() - (this.sentAt ?? -Infinity))
    this.telling = setTimeout(() => this.send(), Math.max(0, left))
  }

  choosePart(part) {
    if (JSON.stringify(part) === JSON.stringify(this.player.part)) return
    this.player.show(part)
    this.tells("part", JSON.stringify(part))
    this.keep("part", { from: part ? part[0] : null, to: part ? part[1] : null })
  }

  /* To another call of the run, if there is one there. */
  step(which) {
    if (!this.beside[which]) return false
    this.player.pause()
    this.keep("step", { call: this.beside[which] })
  }

  onlyTurn() {
    const span = this.player.turn && spanOf(this.player.turn)
    if (span) this.choosePart([Math.floor(span[0] * 10) / 10, Math.ceil(span[1] * 10) / 10])
  }

  /* --- showing */

  tick() {
    const tenths = Math.floor(this.player.at * 10 + 1e-6)
    put(this.now, `${clockText(tenths / 10)}.${tenths % 10}`)
  }

  zooms() {
    const { stretch } = this.wave
    this.wider.disabled = !stretch
    this.closer.disabled = Boolean(stretch) && stretch[1] - stretch[0] <= LEAST_STRETCH_S + 0.01
  }

  show() {
    const { player } = this
    const { view, turn, part } = player
    if (!view) return
    const playable = player.playable
    put(this.play.text, player.playing ? "Pause" : "Play")
    put(this.play.sign, player.playing ? "pause" : "play_arrow")
    const name = !turn ? "Turn" : turn.index ? `Turn ${turn.index}` : "Greeting"
    put(this.turn.text, name)
    put(this.speed.text, `${player.rate}×`)
    this.speed.node.setAttribute("aria-label", `Speed ${player.rate}`)
    for (const each of [this.play, this.speed]) each.node.disabled = !playable
    this.turn.node.disabled = !playable || !(turn && spanOf(turn))
    this.wait.node.disabled = !playable || !(turn && waitOf(turn))
    this.tick()
    put(this.clock.lastChild, ` / ${clockText(player.length)}.${Math.floor(player.length * 10 + 1e-6) % 10}`)
    this.legendFor(view.budget_s)
    const failures = player.failures().length
    const turns = player.numbered().length
    const { before, after, failed } = this.beside
    const around = [before && "P", after && "N"].filter(Boolean)
    const shape = `${failures} ${this.unplaced} ${turns > 1} ${playable} ${around} ${failed}`
    if (this.hints.dataset.shape !== shape) {
      this.hints.dataset.shape = shape
      const hint = (keys, text) => el("span", {}, ...keys.map(key => el("kbd", { text: key })), ` ${text}`)
      const next = failures ? hint(["F"], failures > 1 ? "next failure" : "failure") : null
      if (next && this.unplaced) {
        next.append(` (${failures} of ${failures + this.unplaced})`)
        next.title = "What never happened has no second of its own: the key cannot go there"
      }
      // A key that would do nothing is not named.
      fill(this.hints, turns > 1 ? hint(["←", "→"], "turn") : null, next, playable ? hint(["S"], "speed") : null,
        around.length ? hint(around, "call of the run") : null, failed ? hint(["⇧F"], "failed call") : null)
    }
    put(this.about, part
      ? `Only ${clockText(part[0])}–${clockText(Math.ceil(part[1]))} is shown everywhere`
      : !playable
        ? view.has_recording
          ? "The recording cannot be played"
          : "There is no recording"
        : "Drag to show only a part everywhere, or")
    this.only.hidden = Boolean(part) || !playable || !(turn && spanOf(turn))
    put(this.only, `only ${turn?.index ? `turn ${turn.index}` : "the greeting"}`)
    this.clear.hidden = !part
    this.accuracy.hidden = view.error_s == null
    if (view.error_s != null) put(this.accuracy, `Timing accuracy ±${Math.round(view.error_s * 1000)} ms`)
    this.zooms()
  }

  legendFor(budget) {
    const { turns, marks } = this.player
    const has = {
      over: this.wave.shapes?.over.length > 0,
      short: turns.some(turn => turn.backchannels.length),
      failed: this.player.failures().length > 0,
      tool: marks.some(mark => mark.kind === "tool"),
    }
    const shape = JSON.stringify([budget, has])
    if (this.legend.dataset.shape === shape) return
    this.legend.dataset.shape = shape
    const entry = (kind, text) => el("span", {}, el("b", { class: kind }), text)
    fill(
      this.legend,
      entry("g", `wait under ${(0.75 * budget).toFixed(1)} s`),
      entry("w", `to ${budget.toFixed(1)} s`),
      entry("f", "over budget"),
      has.over ? entry("ov", "talk-over") : null,
      has.short ? entry("bc", "mm-hm") : null,
      has.tool ? entry("tl", "tool call") : null,
      has.failed ? entry("ck", "failed check") : null
    )
  }

  /* --- by keyboard */

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inTextField(event)) return
    if (document.querySelector("[role=dialog]") || !this.root.isConnected) return
    const target = event.composedPath()[0]
    const at = selector => target instanceof HTMLElement && target.closest(selector)
    const { player } = this
    const acts = {
      " ": () => !at("button, a, [role=button], [role=tab], summary") && player.playable && player.toggle(),
      ArrowLeft: () => !at(OWN_ARROWS) && player.step(-1),
      ArrowRight: () => !at(OWN_ARROWS) && player.step(1),
      f: () => player.nextFailure(),
      t: () => player.playTurn(),
      w: () => player.playWait(),
      s: () => player.playable && player.faster(),
      p: () => this.step("before"),
      n: () => this.step("after"),
      "shift f": () => this.step("failed"),
      Escape: () => (player.part ? this.choosePart(null) : false),
    }
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const act = acts[event.shiftKey && /^[a-z]$/.test(name) ? `shift ${name}` : name]
    if (act && act() !== false) event.preventDefault()
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey)
    window.removeEventListener("ringback-hear", this.onHear)
    clearTimeout(this.telling)
    this.wave.destroy()
    this.unsubscribe()
    this.hold.remove()
  }
}

export default function ({ data, parentElement, setTriggerValue, setStateValue }) {
  let card = cards.get(parentElement)
  if (card && card.player.callId !== data.call_id) {
    card.destroy()
    card = null
  }
  if (!card) cards.set(parentElement, (card = new WaveCard(parentElement, data.call_id)))
  card.trigger = (...news) => oncePageIsOpen(parentElement, () => setTriggerValue(...news))
  card.keep = (name, value) =>
    oncePageIsOpen(parentElement, () => setStateValue(name, { ...value, n: pickNumber() }))
  card.update(data)
  return () => {
    card.destroy()
    cards.delete(parentElement)
  }
}
