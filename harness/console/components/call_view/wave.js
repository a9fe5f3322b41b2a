/* The two-lane waveform: a canvas redrawn only when something on it changed. */

const LEFT = 58
const RIGHT = 6
const WINDOW_S = 61.5
const AHEAD_S = 3.5
/* Heights in pixels: the seconds above, a lane, the waits between the lanes, what is free below. */
const LIVE_SIZE = { top: 20, lane: 42, mid: 20, foot: 4 }

class Wave {
  /* read() gives {turns, lanes, loudest, rate, first, budget, now, live, length, cursor} */
  constructor(read, size = LIVE_SIZE) {
    this.read = read
    this.size = { ...size, height: size.top + 2 * size.lane + size.mid + size.foot }
    this.canvas = el("canvas", { class: "wave", role: "img" })
    this.canvas.style.height = `${this.size.height}px`
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)")
    this.sizes = new ResizeObserver(() => this.changed())
    this.sizes.observe(this.canvas)
  }

  /* The second of the call at a pixel from the left. */
  second(x) {
    const { t0, t1, x1 } = this.frame
    return Math.min(t1, Math.max(t0, t0 + ((x - LEFT) / (x1 - LEFT)) * (t1 - t0)))
  }

  /* Tell where a call that has ended is clicked. */
  onSeek(seek) {
    this.canvas.addEventListener("click", event => {
      if (!this.read().live && this.frame) seek(this.second(event.offsetX))
    })
  }

  destroy() {
    this.sizes.disconnect()
    cancelAnimationFrame(this.request)
    this.request = null
    this.gone = true
  }

  recolour() {
    this.colours = null
    this.changed()
  }

  changed() {
    this.dirty = true
    if (!this.request && !this.gone) this.request = requestAnimationFrame(() => this.step())
  }

  /* While the call runs the cursor moves: look again every frame, draw when it moved half a
   * pixel (one second where less motion is wanted). */
  step() {
    this.request = null
    if (!this.canvas.isConnected) return
    const scene = this.read()
    const moving = scene.live || scene.playing
    const at = scene.live ? scene.now : (scene.cursor ?? 0)
    const width = this.canvas.clientWidth - LEFT - RIGHT
    const perPixel = (scene.live ? WINDOW_S : Math.max(1, scene.length)) / Math.max(1, width)
    const least = this.still.matches ? 1 : perPixel / 2
    if (this.dirty || Math.abs(at - (this.drawnAt ?? -1)) >= least) {
      this.dirty = false
      this.drawnAt = at
      this.draw(scene)
    }
    if (moving && !this.gone) this.request = requestAnimationFrame(() => this.step())
  }

  palette() {
    if (this.colours) return this.colours
    const style = getComputedStyle(this.canvas)
    const colour = name => style.getPropertyValue(name).trim()
    const names = ["bg", "bg2", "text", "soft", "faint", "border2", "caller", "caller-tx", "agent"]
    names.push("agent-tx", "pass", "pass-tx", "warn", "warn-tx", "fail", "fail-tx")
    this.colours = Object.fromEntries(names.map(name => [name, colour(`--${name}`)]))
    this.colours.font = colour("--st-font") || "sans-serif"
    return this.colours
  }

  /* What is drawn with: a canvas of the shown size and the seconds t0 to t1 on it. */
  pen(canvas, t0, t1, upto) {
    const W = this.canvas.clientWidth
    const { top, lane, mid, height } = this.size
    const scale = window.devicePixelRatio || 1
    if (canvas.width !== Math.round(W * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(W * scale)
      canvas.height = Math.round(height * scale)
    }
    const c = this.palette()
    const g = canvas.getContext("2d")
    g.setTransform(scale, 0, 0, scale, 0, 0)
    g.clearRect(0, 0, W, height)
    const x1 = W - RIGHT
    this.frame = { t0, t1, x1 }
    return {
      g,
      c,
      W,
      t0,
      t1,
      x1,
      upto,
      caller: top,
      agent: top + lane + mid,
      middle: top + lane + mid / 2,
      X: t => LEFT + ((t - t0) / (t1 - t0)) * (x1 - LEFT),
      visible: span => span.b > t0 && span.a < t1,
      text: (value, x, y, { size = 12, weight = 400, ink = c.soft, align = "left" } = {}) => {
        g.font = `${weight} ${size}px ${c.font}`
        g.fillStyle = ink
        g.textAlign = align
        g.fillText(value, x, y)
      },
      box: (x, y, w, h, r, fill, alpha = 1) => {
        g.globalAlpha = alpha
        g.fillStyle = fill
        g.beginPath()
        // A stretch that ends left of the window, or is not a pixel wide, has no width to round.
        g.roundRect(x, y, Math.max(0, w), h, Math.max(0, Math.min(r, w / 2, h / 2)))
        g.fill()
        g.globalAlpha = 1
      },
    }
  }

  draw(scene) {
    if (!this.canvas.clientWidth) return
    const t0 = scene.live ? Math.max(0, scene.now - (WINDOW_S - AHEAD_S)) : 0
    const t1 = scene.live ? t0 + WINDOW_S : Math.max(5, scene.length)
    const pen = this.pen(this.canvas, t0, t1, scene.live ? scene.now : t1)
    const at = scene.live ? scene.now : scene.cursor
    this.paint(pen, scene, shapesOf(scene.turns, pen.upto, scene.live))
    this.seconds(pen, at)
    if (at != null) this.head(pen, at)
  }

  /* Everything but the place: lanes, speech, waits, talk-over, outline. */
  paint(pen, scene, shapes) {
    this.ground(pen)
    const { g, c, x1, agent, upto, X } = pen
    const { lane, height } = this.size
    g.save()
    g.beginPath()
    g.rect(LEFT, 0, x1 - LEFT, height)
    g.clip()
    this.regions(pen, scene, shapes)
    g.strokeStyle = c.agent
    g.globalAlpha = 0.35
    g.lineWidth = 1.2
    g.beginPath()
    g.moveTo(LEFT + 3, agent + lane / 2)
    g.lineTo(Math.min(x1 - 3, X(upto)), agent + lane / 2)
    g.stroke()
    g.globalAlpha = 1
    this.bars(pen, scene, "caller", shapes.over)
    this.bars(pen, scene, "agent", shapes.over)
    this.numbers(pen, shapes)
    g.restore()
    this.canvas.setAttribute("aria-label", describe(scene, shapes))
  }

  /* Where the seconds are told. */
  *ticks({ t0, t1, x1 }) {
    const step = stepFor((t1 - t0) / ((x1 - LEFT) / 95))
    for (let t = Math.ceil(t0 / step) * step; t <= t1; t += step) yield t
  }

  /* The seconds, but for those that the place's own would lie over. */
  seconds(pen, at) {
    for (const t of this.ticks(pen)) {
      const x = pen.X(t)
      if (at == null || Math.abs(x - pen.X(at)) >= 42)
        pen.text(clockText(t), Math.min(x, pen.W - 13), 11, { size: 11.5, align: "center" })
    }
  }

  /* The lines of the seconds, the lanes and their names. */
  ground(pen) {
    const { g, c, x1, caller, agent, middle, X, text, box } = pen
    const { top, lane, height } = this.size
    g.lineWidth = 1
    for (const t of this.ticks(pen)) {
      const x = X(t)
      g.strokeStyle = c.border2
      g.beginPath()
      g.moveTo(x, top - 4)
      g.lineTo(x, height)
      g.stroke()
    }
    for (const [y, name, key] of [
      [caller, "Caller", "caller"],
      [agent, "Agent", "agent"],
    ]) {
      box(LEFT, y, x1 - LEFT, lane, 5, c.bg2)
      box(0, y + lane / 2 - 8, 3, 16, 1.5, c[key])
      text(name, 9, y + lane / 2 + 4.5, { size: 13, weight: 600, ink: c[`${key}-tx`] })
    }
    text("Wait", 9, middle + 4)
  }

  regions({ g, c, x1, caller, agent, middle, X, text, box, visible }, scene, shapes) {
    const { lane, mid } = this.size
    for (const part of shapes.parts.filter(visible)) {
      const y = part.who === "caller" ? caller : agent
      box(X(part.a), y, Math.max(2, X(part.b) - X(part.a)), lane, 5, c[part.who], 0.13)
    }
    let lastLabel = -Infinity
    const waits = shapes.waits.filter(visible)
    waits.forEach((wait, i) => {
      const kind = waitClass(wait.none ? null : wait.b - wait.a, scene.budget)
      const a = X(wait.a)
      const b = X(wait.b)
      const shade = kind === "pass" ? 0.07 : kind === "warn" ? 0.16 : 0.13
      box(a, caller, b - a, 2 * lane + mid, 0, c[kind], shade)
      box(a, middle - 3, b - a, 6, 2, c[kind])
      const label = wait.none ? "no answer" : secondsText(wait.b - wait.a)
      const ink = { size: 12, weight: 600, ink: c[`${kind}-tx`] }
      g.font = `600 12px ${c.font}`
      const w = g.measureText(label).width
      const next = waits[i + 1]
      const room = next ? X(next.a) - 4 : x1
      const behindNow = scene.live && X(scene.now) - b < w + 8
      const before = behindNow && a - 4 - w > lastLabel + 6
      const from = before ? a - 4 - w : b + 4
      if (from > lastLabel + 6 && (before || from + w < room)) {
        text(label, from, middle + 4.5, ink)
        lastLabel = from + w
      }
    })
    for (const over of shapes.over.filter(visible)) {
      const a = X(over.a)
      const w = Math.max(2, X(over.b) - a)
      box(a - 1, caller, w + 2, 2 * lane + mid, 2, c.fail, 0.24)
      box(a - 1, caller - 3, w + 2, 3, 0, c.fail)
    }
  }

  /* The numbers of the turns, where there is room for them. */
  numbers({ g, c, caller, X, text, visible }, shapes) {
    let last = -Infinity
    for (const part of shapes.parts.filter(visible)) {
      if (part.who !== "caller" || !part.n) continue
      const x = Math.max(X(part.a), LEFT) + 4
      if (x < last + 6) continue
      g.font = `700 11.5px ${c.font}`
      g.textAlign = "left"
      g.lineWidth = 3
      g.lineJoin = "round"
      g.strokeStyle = c.bg2
      g.strokeText(part.n, x, caller + 12)
      text(part.n, x, caller + 12, { size: 11.5, weight: 700, ink: c["caller-tx"] })
      last = x + g.measureText(part.n).width
    }
  }

  /* Where the call is, or what is heard. */
  head({ g, c, W, X, text, box }, at, label = clockText(at)) {
    const x = X(at)
    g.strokeStyle = c.text
    g.lineWidth = 1.6
    g.beginPath()
    g.moveTo(x, 14)
    g.lineTo(x, this.size.height)
    g.stroke()
    const w = label.length * 6.4 + 12
    const left = Math.min(Math.max(x - w / 2, 0), W - w)
    box(left, 0, w, 16, 4, c.text)
    text(label, left + w / 2, 12, { size: 11.5, weight: 600, ink: c.bg, align: "center" })
  }

  /* Bars stand on a grid fixed in time, so that they keep their shape while the window slides. */
  bars({ g, c, t0, t1, upto, X, ...pen }, scene, who, over) {
    const lane = scene.lanes[who]
    if (!lane.length) return
    const y = pen[who]
    const high = this.size.lane
    const first = scene.first ?? 0
    const dt = (3 * (t1 - t0)) / (X(t1) - X(t0))
    const loud = scene.loudest[who]
    g.lineWidth = 2
    g.lineCap = "round"
    const paths = { plain: new Path2D(), over: new Path2D() }
    for (let k = Math.floor(t0 / dt); k * dt < Math.min(t1, upto); k++) {
      const from = Math.max(0, Math.floor((k * dt - first) * scene.rate))
      const end = Math.min(lane.length, Math.ceil(((k + 1) * dt - first) * scene.rate))
      if (from >= end) continue
      let sum = 0
      for (let i = from; i < end; i++) sum += (lane[i] || 0) ** 2
      const level = Math.sqrt(sum / (end - from)) / loud
      const half = level * (high / 2 - 3) * 1.05
      if (half < 0.7 && who === "agent") continue
      const x = X((k + 0.5) * dt)
      const h = Math.min(high / 2 - 2, Math.max(0.7, half))
      const t = (k + 0.5) * dt
      const path = over.some(span => t >= span.a && t <= span.b) && half > 1.5 ? "over" : "plain"
      paths[path].moveTo(x, y + high / 2 - h)
      paths[path].lineTo(x, y + high / 2 + h)
    }
    g.strokeStyle = c[who]
    g.stroke(paths.plain)
    g.strokeStyle = c.fail
    g.stroke(paths.over)
  }
}

function stepFor(seconds) {
  return [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find(step => step >= seconds) ?? 900
}

/* What stands on the lanes: speech, waits between them, and both at once. */
function shapesOf(turns, upto, live) {
  const parts = []
  const waits = []
  for (const turn of turns) {
    const ended = turn.caller?.end
    if (turn.caller)
      parts.push({ who: "caller", a: turn.caller.start, b: ended ?? upto, n: String(turn.index) })
    for (const span of turn.agent) parts.push({ who: "agent", a: span.start, b: span.end ?? upto })
    if (ended == null || turn.outcome === "spurious") continue
    const answer = turn.agent[0]?.start
    if (turn.outcome === "no_answer")
      waits.push({ a: ended, b: ended + (turn.waited_s ?? 0), none: true })
    else if (answer != null && answer > ended) waits.push({ a: ended, b: answer })
    else if (answer == null && turn.open && live) waits.push({ a: ended, b: upto })
  }
  return { parts, waits, over: overlapsOf(parts) }
}

/* Where both speak. Each caller span meets only agent spans that end after it begins: those before
 * are left behind for good, so that a call of hundreds of turns is not compared pair by pair. */
function overlapsOf(parts) {
  const sorted = who => parts.filter(part => part.who === who).sort((one, two) => one.a - two.a)
  const agent = sorted("agent")
  const over = []
  let first = 0
  for (const one of sorted("caller")) {
    while (first < agent.length && agent[first].b <= one.a) first += 1
    for (let i = first; i < agent.length && agent[i].a < one.b; i++) {
      const a = Math.max(one.a, agent[i].a)
      const b = Math.min(one.b, agent[i].b)
      if (b - a > 0.05) over.push({ a, b })
    }
  }
  return over
}

function describe(scene, shapes) {
  const lines = scene.turns.filter(turn => turn.index > 0).length
  const silent = shapes.waits.filter(wait => wait.none).length
  const told = [`Waveform of caller and agent, ${lines} turns`]
  if (silent) told.push(`${silent} without an answer`)
  if (shapes.over.length) told.push(`${shapes.over.length} times both spoke at once`)
  return told.join(", ")
}
