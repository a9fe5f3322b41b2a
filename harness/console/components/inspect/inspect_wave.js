/* The waveform of a call that has ended. What does not move is drawn once for each stretch, width
 * and theme, and laid under the place and the chosen part. */

const INSPECT_SIZE = { top: 20, lane: 52, mid: 20, foot: 15 }
const LEAST_DRAG_PX = 5
const EDGE_PX = 6
const MARK_PX = 7
const LEAST_STRETCH_S = 2
/* A longer call opens at this much of it. */
const WHOLE_UPTO_S = 240
const OPENS_WITH_S = 120
const MOST_BINS = 4096

class InspectWave extends Wave {
  /* onPart(part) is told when a person has chosen a part, [from, to], or all of it, null. */
  constructor(player, onPart) {
    super(() => this.scene(), INSPECT_SIZE)
    this.player = player
    this.onPart = onPart
    this.stretch = null
    this.lanes = { caller: [], agent: [] }
    this.first = 0
    this.rate = 50
    this.version = 0
    this.layer = document.createElement("canvas")
    this.layers = 0
    this.canvas.style.touchAction = "pan-y"
    this.listen()
  }

  /* --- what there is */

  scene() {
    const { player } = this
    return {
      turns: player.turns,
      lanes: this.lanes,
      loudest: this.loudest ?? { caller: 0.2, agent: 0.2 },
      rate: this.rate,
      first: this.first,
      budget: player.view?.budget_s ?? 2,
      now: 0,
      live: false,
      playing: false,
      length: player.length,
      cursor: player.at,
    }
  }

  get whole() {
    return [0, Math.max(5, this.player.length)]
  }

  get shown() {
    return this.stretch ?? this.whole
  }

  /* The turns have come, or others: a long call opens around its place. */
  loaded() {
    this.shapes = shapesOf(this.player.turns, this.whole[1], false)
    this.version += 1
    if (!this.opened && this.player.view) {
      this.opened = true
      if (this.player.length > WHOLE_UPTO_S) this.stretchTo(this.player.at - OPENS_WITH_S / 2, OPENS_WITH_S)
      else this.outline()
    }
    this.changed()
  }

  marked() {
    this.version += 1
    this.changed()
  }

  /* The outline of what is shown and half as much on both sides, as fine as the screen. */
  async outline() {
    const { player } = this
    if (!player.playable) return
    const [t0, t1] = this.shown
    const around = this.stretch ? (t1 - t0) / 2 : 0
    const from = Math.max(0, t0 - around)
    const to = Math.min(this.whole[1], t1 + around)
    const pixels = Math.max(200, this.canvas.clientWidth) * (window.devicePixelRatio || 1)
    const bins = Math.min(MOST_BINS, Math.ceil((pixels * (to - from)) / (t1 - t0)))
    const asked = `from=${from.toFixed(2)}&to=${to.toFixed(2)}&bins=${bins}`
    if (asked === this.asked) return
    this.asked = asked
    const answer = await fetch(`${player.route("peaks")}?${asked}`, {
      headers: { Authorization: `Bearer ${player.tokens.peaks}` },
    }).catch(() => null)
    if (asked !== this.asked) return
    if (!answer?.ok) {
      this.asked = null
      this.changed()
      if (answer?.status === 401 || answer?.status === 403) player.tell("expired")
      return
    }
    const found = await answer.json()
    if (asked !== this.asked || !found.bins) return
    this.lanes = { caller: found.caller, agent: found.agent }
    this.first = found.from
    this.rate = found.bins / (found.to - found.from)
    // The scale stays that of the first outline: a quiet stretch is not drawn as a loud one.
    this.loudest ??= { caller: 0.8 * Math.max(0.2, ...found.caller), agent: 0.8 * Math.max(0.2, ...found.agent) }
    this.version += 1
    this.changed()
  }

  /* --- how much of it is shown */

  stretchTo(from, seconds) {
    const [start, end] = this.whole
    const most = end - start
    const wide = Math.min(most, Math.max(LEAST_STRETCH_S, seconds))
    const t0 = Math.min(end - wide, Math.max(start, from))
    this.stretch = wide > 0.995 * most ? null : [t0, t0 + wide]
    this.changed()
    this.onStretch?.()
    clearTimeout(this.asking)
    const [a, b] = this.shown
    const known = this.lanes.caller.length / this.rate
    const fine = this.rate * (b - a) >= 0.9 * this.canvas.clientWidth || this.rate >= 49
    const covered = this.first <= a + 0.05 && this.first + known >= Math.min(b, end) - 0.1
    if (!fine || !covered) this.asking = setTimeout(() => this.outline(), covered ? 120 : 0)
  }

  zoom(by, around = this.player.at) {
    const [t0, t1] = this.shown
    const at = Math.min(t1, Math.max(t0, around))
    const wide = Math.min(this.whole[1], Math.max(LEAST_STRETCH_S, (t1 - t0) * by))
    this.stretchTo(at - ((at - t0) / (t1 - t0)) * wide, wide)
  }

  all() {
    this.stretchTo(0, Infinity)
  }

  /* Where the place is stays in sight. */
  moved() {
    if (this.stretch && !this.drag) {
      const [t0, t1] = this.stretch
      const { at, playing } = this.player
      const wide = t1 - t0
      if (at < t0 || at > t1 - (playing ? 0.04 * wide : 0))
        this.stretchTo(playing ? at - 0.1 * wide : at - wide / 2, wide)
    }
    const [t0, t1] = this.shown
    const perPixel = (t1 - t0) / Math.max(1, this.canvas.clientWidth)
    if (Math.abs(this.player.at - (this.drawnAt ?? -1)) >= perPixel / 2) this.changed()
  }

  /* --- drawing */

  recolour() {
    const before = JSON.stringify(this.colours ?? null)
    this.colours = null
    if (JSON.stringify(this.palette()) !== before) {
      this.version += 1
      this.changed()
    }
  }

  palette() {
    const known = super.palette()
    known.primary ??= getComputedStyle(this.canvas).getPropertyValue("--st-primary-color").trim()
    return known
  }

  draw(scene) {
    const { canvas, size } = this
    if (!canvas.clientWidth || !this.shapes) return
    const [t0, t1] = this.shown
    const key = [t0, t1, canvas.clientWidth, window.devicePixelRatio, this.version].join()
    if (key !== this.layerKey) {
      this.layerKey = key
      const pen = this.pen(this.layer, t0, t1, this.whole[1])
      this.paint(pen, scene, this.shapes)
      this.signs(pen)
      canvas.dataset.layers = String(++this.layers)
    }
    const pen = this.pen(canvas, t0, t1, this.whole[1])
    const { g, c, X, x1, box } = pen
    g.drawImage(this.layer, 0, 0, pen.W, size.height)
    this.seconds(pen, scene.cursor)
    if (this.asked && !this.lanes.caller.length)
      pen.text("Reading the sound…", x1 - 10, pen.middle + 4.5, { align: "right" })
    this.lit(pen)
    const part = this.draft ?? this.player.part
    if (part) this.part(pen, part)
    if (scene.cursor >= t0 && scene.cursor <= t1) {
      const whole = Math.floor(scene.cursor * 10 + 1e-6) / 10
      this.head(pen, scene.cursor, `${clockText(whole)}.${Math.round((whole % 1) * 10) % 10}`)
    }
    if (this.stretch) {
      const end = this.whole[1]
      const at = t => LEFT + (t / end) * (x1 - LEFT)
      box(LEFT, size.height - 4, x1 - LEFT, 4, 2, c.border2)
      for (const mark of this.player.failures()) box(at(mark.t) - 1, size.height - 4, 2, 4, 0, c.fail)
      box(at(t0), size.height - 4, Math.max(12, at(t1) - at(t0)), 4, 2, c.faint)
    }
  }

  /* Failed checks and tool calls below the lanes; short sounds of the agent that cut nothing off. */
  signs({ g, c, X, t0, t1, caller, agent, box }) {
    const { lane, mid } = this.size
    const low = agent + lane
    for (const turn of this.player.turns)
      for (const span of turn.backchannels) {
        if (span.start > t1 || (span.end ?? span.start) < t0) continue
        const a = X(span.start)
        const w = Math.max(3, X(span.end ?? span.start) - a)
        box(a - 1, caller, w + 2, 2 * lane + mid, 2, c.pass, 0.13)
        box(a - 1, low - 3, w + 2, 3, 0, c.pass)
      }
    for (const mark of this.player.marks) {
      if (mark.t < t0 || mark.t > t1) continue
      const x = X(mark.t)
      if (mark.kind === "tool") {
        if (mark.end != null) box(x, low + 3, Math.max(1, X(Math.min(t1, mark.end)) - x), 2, 1, c["agent-tx"], 0.55)
        box(x - 3, low + 1, 6, 6, 1.5, c["agent-tx"])
      } else if (mark.failed) {
        g.fillStyle = c.fail
        g.beginPath()
        g.moveTo(x, low - 3)
        g.lineTo(x + 5.5, low + 7)
        g.lineTo(x - 5.5, low + 7)
        g.fill()
      }
    }
  }

  /* The turn that is chosen. */
  lit({ c, X, t0, t1, x1, caller, box }) {
    const span = this.player.turn && spanOf(this.player.turn)
    if (!span || span[1] < t0 || span[0] > t1) return
    const a = Math.max(LEFT, X(span[0]))
    box(a, caller - 4, Math.max(3, Math.min(x1, X(span[1])) - a), 3, 1.5, c.primary)
  }

  part({ g, c, X, x1, box }, [from, to]) {
    const { top, height, foot } = this.size
    const inside = x => Math.min(x1, Math.max(LEFT, x))
    const a = inside(X(from))
    const b = inside(X(to))
    const low = height - foot + 8
    box(LEFT, top - 1, a - LEFT, low - top + 1, 0, c.bg, 0.6)
    box(b, top - 1, x1 - b, low - top + 1, 0, c.bg, 0.6)
    if (b - a < 1) return
    box(a, top - 1, b - a, low - top + 1, 5, c.primary, 0.1)
    g.strokeStyle = c.primary
    g.lineWidth = 1.5
    g.beginPath()
    g.roundRect(a, top - 1, b - a, low - top + 1, 5)
    g.stroke()
    for (const x of [a, b]) box(x - 2, top + 42, 4, 40, 2, c.primary)
  }

  /* --- by pointer */

  listen() {
    const { canvas } = this
    canvas.addEventListener("pointerdown", event => this.down(event))
    canvas.addEventListener("pointermove", event => this.over(event))
    for (const name of ["pointerup", "pointercancel"])
      canvas.addEventListener(name, event => this.up(event, name === "pointercancel"))
    canvas.addEventListener("dblclick", () => this.onPart(null))
    canvas.addEventListener("wheel", event => this.wheel(event), { passive: false })
  }

  x(t) {
    const { t0, t1, x1 } = this.frame
    return LEFT + ((t - t0) / (t1 - t0)) * (x1 - LEFT)
  }

  onBar(event) {
    return this.stretch && event.offsetY > this.size.height - 8
  }

  edge(event) {
    const { part } = this.player
    if (!part) return -1
    return part.findIndex(t => Math.abs(this.x(t) - event.offsetX) <= EDGE_PX)
  }

  markAt(event) {
    if (event.offsetY < this.size.height - this.size.foot - 6) return null
    const near = this.player.marks.filter(
      mark => (mark.failed || mark.kind === "tool") && Math.abs(this.x(mark.t) - event.offsetX) <= MARK_PX
    )
    return near.sort((a, b) => b.failed - a.failed)[0] ?? null
  }

  down(event) {
    if (event.button || !this.frame) return
    this.canvas.setPointerCapture(event.pointerId)
    const edge = this.edge(event)
    this.drag = this.onBar(event)
      ? { kind: "bar" }
      : edge >= 0
        ? { kind: "part", x: event.offsetX, fixed: this.player.part[1 - edge], moved: true }
        : { kind: "part", x: event.offsetX, fixed: this.second(event.offsetX), moved: false }
    if (this.drag.kind === "bar") this.pan(event)
  }

  pan(event) {
    const [t0, t1] = this.shown
    const share = (event.offsetX - LEFT) / (this.frame.x1 - LEFT)
    this.stretchTo(share * this.whole[1] - (t1 - t0) / 2, t1 - t0)
  }

  over(event) {
    if (!this.frame) return
    const { drag } = this
    if (!drag) {
      const mark = this.markAt(event)
      this.canvas.title = mark ? mark.name : ""
      this.canvas.style.cursor = this.edge(event) >= 0 ? "ew-resize" : mark || this.onBar(event) ? "pointer" : ""
      return
    }
    if (drag.kind === "bar") return this.pan(event)
    if (Math.abs(event.offsetX - drag.x) >= LEAST_DRAG_PX) drag.moved = true
    if (!drag.moved) return
    const tenth = t => Math.round(t * 10) / 10
    const there = this.second(event.offsetX)
    this.draft = [tenth(Math.min(drag.fixed, there)), tenth(Math.max(drag.fixed, there))]
    this.changed()
  }

  up(event, cancelled) {
    const { drag, draft } = this
    this.drag = this.draft = null
    if (!drag || drag.kind === "bar" || cancelled) return this.changed()
    if (draft) {
      if (draft[1] > draft[0]) this.onPart(draft)
      return this.changed()
    }
    if (drag.moved) return
    const mark = this.markAt(event)
    const turn = mark ? this.player.turns.find(each => each.index === mark.turn) : undefined
    this.player.choose(mark ? mark.t : this.second(event.offsetX), turn)
  }

  wheel(event) {
    if (!this.frame) return
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault()
      return this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 150), this.second(event.offsetX))
    }
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
    if (!this.stretch || Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return
    event.preventDefault()
    const [t0, t1] = this.stretch
    this.stretchTo(t0 + (sideways / this.canvas.clientWidth) * (t1 - t0), t1 - t0)
  }

  destroy() {
    super.destroy()
    clearTimeout(this.asking)
  }
}
