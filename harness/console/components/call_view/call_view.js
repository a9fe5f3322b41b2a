const WAITING = {
  queued: ["Getting ready", "It starts by itself once the room is ready and a line is free. Getting connected, on the left, tells what is being prepared."],
  starting: ["Starting the agent", "The first call takes longer: the demo agent and its room are made ready."],
  ringing: ["Ringing", "The caller is in the room and waits for the agent to pick up."],
}

// A cause or a remedy: sentences. What follows a line that ends with a colon is quoted as it is.
function paragraphs(text) {
  const lines = (text || "").split("\n").filter((line) => line.trim())
  const colon = lines.findIndex((line) => line.endsWith(":")) + 1 || lines.length
  const shown = lines.slice(0, colon).map((line) => el("div", { text: line }))
  return colon < lines.length ? [...shown, el("pre", { text: lines.slice(colon).join("\n") })] : shown
}

class CallView {
  constructor(stages) {
    this.stored = null
    this.player = null
    const seek = t => this.player?.playable && this.player.choose(t)
    this.wave = new Wave(() => this.scene())
    this.wave.onSeek(seek)
    this.transcript = new Transcript(seek, stages)
    this.sound = new ListenControls({
      hub: () => this.hub,
      complain: text => this.complain(text),
      renew: () => this.trigger("renew", Date.now()),
    })
    this.speaking = new SpeakPanel({
      hub: () => this.hub,
      renew: () => this.trigger("renew", Date.now()),
      type: () => this.input.focus(),
      listen: () => this.sound.listener.on || this.sound.toggle(),
      hush: on => this.sound.listener.volume("caller", on || heardAs.caller.muted ? 0 : heardAs.caller.volume),
    })
    this.source = el("span", { class: "src" })
    this.legend = el("span", { class: "lg" })
    this.over = el("div", { class: "over", hidden: true })
    this.lost = el("div", { class: "lost", hidden: true, role: "status" },
      el("span", { class: "badge" }, icon("sync"), "Reconnecting…"))
    this.says = el("div", { class: "says", hidden: true, role: "alert" })
    this.input = el("input", {
      type: "text",
      maxlength: "500",
      autocomplete: "off",
      onkeydown: event => {
        event.stopPropagation()
        if (event.key === "Enter" && !event.isComposing) this.say()
      },
    })
    const button = (kind, name, label, action, key) => {
      const text = el("span", { text: label })
      const sign = icon(name)
      const node = el("button", { class: `btn ${kind}`, type: "button", onclick: action }, sign, text)
      if (key) node.append(el("kbd", { "aria-hidden": "true", text: key }))
      return { node, text, sign }
    }
    this.asText = el("button", {
      class: "btn only", type: "button", "aria-pressed": "false", "aria-label": "Send as text", onclick: () => this.way(!this.sendsText),
    }, icon("chat_bubble"))
    this.way(false)
    this.hang = button("danger", "call_end", "Hang up", () => this.hangUp(), "H")
    this.play = button("", "play_arrow", "Play", () => this.player.toggle(), "Space")
    this.at = el("span", { class: "at num" })
    this.speed = button("", "speed", "1×", () => this.player.faster())
    this.speed.node.setAttribute("aria-label", "Speed")
    this.hint = el("span", { class: "tip" })
    this.liveFoot = el("div", { class: "foot" }, this.says, this.speaking.root, this.input, this.asText, this.sound.root,
      ...this.speaking.buttons, this.hang.node)
    this.storedFoot = el("div", { class: "foot", hidden: true }, this.play.node, this.speed.node,
      this.at, el("span", { class: "push" }), this.hint)
    this.present = new PresenceRow()
    this.head = el("div", { class: "head" },
      el("div", { class: "h" }, "Call", this.source, this.present.root, this.legend), this.wave.canvas)
    this.transcript.root.append(this.over)
    this.root = el("section", { class: "rb cv", "aria-label": "Call" },
      this.lost, this.head, el("div", { class: "line" }), this.transcript.root, this.liveFoot, this.storedFoot)
    this.onKey = event => this.key(event)
    this.onKeyUp = event => this.speaking.keyUp(event)
    document.addEventListener("keydown", this.onKey)
    document.addEventListener("keyup", this.onKeyUp)
    this.onHear = ({ detail }) => this.player?.hear(detail.t)
    window.addEventListener("ringback-hear", this.onHear)
  }

  /* --- data from the page */

  update(data) {
    const other = this.data && this.data.call_id !== data.call_id
    this.data = data
    if (other) this.forget()
    this.tokens = data.tokens
    this.root.classList.toggle("slim", data.slim)
    this.root.style.setProperty("--taken", `${data.taken}px`)
    if (data.mode === "live") {
      const hub = hubOf(data.call_id)
      if (this.hub !== hub) {
        this.unsubscribe?.()
        this.hub = hub
        this.unsubscribe = hub.subscribe(kind => this.news(kind), data.tokens, data.base)
      } else hub.renew(data.tokens, data.base)
      this.news("view")
      this.news("people") // the stream may be older than this view of it
      this.news("status")
    } else this.keep(data)
    this.wave.recolour()
  }

  forget() {
    this.unsubscribe?.()
    this.unsubscribe = this.hub = this.stored = this.player = null
    this.opened = null
    this.announced = false
    this.present.show([])
    this.way(false)
    this.transcript.opened = false
    this.speaking.stop()
    this.sound.stop()
  }

  news(kind) {
    const hub = this.hub
    if (!hub) return
    if (kind === "peaks") return this.wave.changed()
    if (kind === "people") {
      this.present.show(hub.present)
      return this.speaking.draw()
    }
    if (kind === "view" && hub.view) {
      this.draw(hub.view, hub.sorted(), !isFinal(hub.view.state))
      if (this.pending && hub.sorted().some(turn => letters(turn.caller_text) === letters(this.pending)))
        this.later(null)
    }
    if (kind !== "status") return
    clearTimeout(this.losing)
    if (hub.status === "lost") this.losing = setTimeout(() => (this.lost.hidden = false), 600)
    else this.lost.hidden = true
    if (hub.status === "expired") this.trigger("renew", Date.now())
    if (hub.status === "refused")
      this.fault(hub.error ?? { message: "There is no such call." })
    if (!hub.view && hub.status === "connecting") this.calm("Connecting to the call", "")
    if (hub.status === "ended") {
      this.present.show([])
      this.draw(hub.view, hub.sorted(), false)
      if (!this.announced) {
        this.announced = true
        this.trigger("ended", hub.callId)
      }
    }
  }

  /* A stored call: everything is in the data, the outline and the sound come by route. */
  keep(data) {
    const lanes = this.hub?.lanes ?? this.stored?.lanes
    if (!this.player) {
      this.unsubscribe?.()
      this.hub = null
      this.player = playerOf(data.call_id)
      this.unsubscribe = this.player.subscribe(kind => this.played(kind))
    }
    this.player.connect(data.tokens, data.base)
    this.player.load(data.view)
    this.sound.stop()
    this.lost.hidden = true
    const fresh = !this.stored
    this.stored = {
      view: data.view,
      turns: this.player.turns,
      lanes: lanes ?? { caller: [], agent: [] },
      rate: 50,
    }
    this.draw(data.view, this.stored.turns, false)
    if (fresh && data.view.has_recording) this.outline()
    if (typeof data.open === "number" && data.open !== this.opened) {
      this.opened = data.open
      this.player.seek(data.open)
    }
  }

  async outline() {
    const answer = await fetch(this.player.route("peaks"), {
      headers: { Authorization: `Bearer ${this.tokens.peaks}` },
    }).catch(() => null)
    if (!answer?.ok || !this.stored) return
    const { rate, caller, agent } = await answer.json()
    Object.assign(this.stored, { rate, lanes: { caller, agent } })
    this.wave.changed()
  }

  /* --- drawing */

  scene() {
    const hub = this.hub
    const view = hub ? hub.view : this.stored?.view
    const lanes = hub?.lanes ?? this.stored?.lanes ?? { caller: [], agent: [] }
    const live = Boolean(hub && view && !isFinal(view.state))
    return {
      turns: hub ? hub.sorted() : (this.stored?.turns ?? []),
      lanes,
      loudest: { caller: this.loudest("caller", lanes), agent: this.loudest("agent", lanes) },
      rate: hub?.rate ?? this.stored?.rate ?? 50,
      budget: view?.budget_s ?? 2,
      now: hub?.now() ?? 0,
      live,
      playing: Boolean(this.player?.playing),
      length: view?.t ?? 0,
      cursor: !live && this.player?.playable ? this.player.at : null,
    }
  }

  /* Loudest peak of a lane so far, looked for only in what came since. */
  loudest(who, lanes) {
    const lane = lanes[who]
    const known = ((this.loud ??= {})[who] ??= {})
    if (known.lane !== lane || known.upto > lane.length) Object.assign(known, { lane, upto: 0, top: 0.2 })
    for (; known.upto < lane.length; known.upto++) known.top = Math.max(known.top, lane[known.upto] || 0)
    return 0.8 * known.top
  }

  draw(view, turns, live) {
    this.root.classList.toggle("seekable", !live && view.has_recording)
    this.transcript.show(turns, view.budget_s, live || !(view.has_recording && this.stored), view.error_s)
    this.transcript.live = live
    this.legendFor(view.budget_s)
    const source = turns.findLast(turn => turn.agent_text_source)?.agent_text_source
    put(this.source, source ? `agent's words: ${SOURCES[source] ?? source}` : "")
    this.source.title = TIPS.source[source] ?? ""
    const talked = turns.length > 0
    if (view.failure && isFinal(view.state)) this.fault(view.failure, talked)
    else if (WAITING[view.state] && !talked) this.calm(...WAITING[view.state])
    else if (view.state === "live" && !talked) this.calm("Connected", "Nobody has spoken yet.")
    else if (view.state === "cancelled" && !talked) this.calm("Hung up before the agent spoke", "", false)
    else if (!talked && isFinal(view.state)) this.calm("Nobody spoke in this call", "", false)
    else this.over.hidden = true
    this.transcript.ended(
      isFinal(view.state) && talked
        ? endedText(view)
        : view.state === "ending" ? "Hanging up…" : ""
    )
    const running = !isFinal(view.state) && Boolean(this.hub)
    this.liveFoot.hidden = !running
    this.storedFoot.hidden = running
    const playable = Boolean(this.stored && view.has_recording)
    for (const part of [this.play.node, this.speed.node]) part.disabled = !playable
    this.at.hidden = !playable
    put(
      this.hint,
      playable
        ? "Click a bubble or the waveform to hear it"
        : this.hub && isFinal(view.state)
          ? "Saving the recording…"
          : "No recording: no sound was sent"
    )
    this.input.disabled = this.asText.disabled = view.state !== "live"
    this.asText.hidden = view.caller?.by === "text" // then everything goes so
    this.sound.allow(view.state === "live")
    this.speaking.update(running && view.state === "live", view)
    if (view.state === "ending") this.hang.node.disabled = true
    this.clock()
    this.wave.changed()
  }

  legendFor(budget) {
    if (this.legend.dataset.budget === String(budget)) return
    this.legend.dataset.budget = String(budget)
    const entry = (kind, text) => el("span", {}, el("b", { class: kind }), text)
    this.legend.replaceChildren(
      entry("g", `wait under ${(0.75 * budget).toFixed(1)} s`),
      entry("w", `to ${budget.toFixed(1)} s`),
      entry("f", "over budget"),
      entry("ov", "talk-over")
    )
  }

  calm(title, more, pulse = true) {
    this.over.hidden = false
    const text = `${title}|${more}`
    if (this.over.dataset.text === text) return
    this.over.dataset.text = text
    const dots = el("div", { class: "pulse", "aria-hidden": "true" })
    for (let i = 0; i < 6; i++) dots.append(el("i"))
    this.over.replaceChildren(
      el("div", { class: "calm", role: "status" }, pulse ? dots : null, el("div", { text: title }),
        more ? el("p", { text: more }) : null)
    )
  }

  fault(failure, talked = false) {
    const box = el("div", { class: `fault ${talked ? "slim" : ""}`, role: "alert" },
      icon("cancel"),
      el("div", {}, el("b", { text: failure.message }), ...paragraphs(failure.cause),
        ...paragraphs(failure.remedy)))
    if (talked) {
      this.over.hidden = true
      if (this.slim?.textContent !== box.textContent) {
        this.slim?.remove()
        this.slim = box
        this.transcript.end.before(box)
      }
      return
    }
    this.over.hidden = false
    this.over.dataset.text = ""
    this.over.replaceChildren(box)
  }

  /* --- acting on a live call */

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inTextField(event)) return
    if (document.querySelector("[role=dialog]")) return
    if (!this.liveFoot.hidden && this.speaking.key(event)) event.preventDefault()
    else if (event.key.toLowerCase() === "h" && !this.liveFoot.hidden && !this.hang.node.disabled) {
      event.preventDefault()
      this.hangUp()
    } else if (event.key === " " && !this.storedFoot.hidden && !this.play.node.disabled) {
      const target = event.composedPath()[0]
      if (target instanceof HTMLElement && target.closest("button, a, [role=button], [role=tab], summary")) return
      event.preventDefault()
      this.player.toggle()
    }
  }

  async hangUp() {
    this.hang.node.disabled = true
    put(this.hang.text, "Hanging up…")
    try {
      await this.hub.post("hangup")
    } catch (error) {
      this.complain(error.message)
      this.hang.node.disabled = false
      put(this.hang.text, "Hang up")
    }
  }

  /* Whether what is typed is sent by the agent's text channel, or said. */
  way(sendsText) {
    this.sendsText = sendsText
    this.asText.classList.toggle("on", sendsText)
    this.asText.setAttribute("aria-pressed", String(sendsText))
    this.asText.title = sendsText
      ? "What you type is sent as text, without a sound. Press to have it said again"
      : "Send what you type by the agent's text channel, without a sound"
    this.input.placeholder = sendsText ? "Type a text to the agent, then Enter" : "Type as the caller, then Enter"
    this.input.setAttribute("aria-label", sendsText ? "Type a text for the caller to send" : "Type a line for the caller to say")
  }

  async say() {
    const text = this.input.value.trim()
    if (!text) return
    this.input.value = ""
    this.later(text)
    try {
      await this.hub.post("say", this.sendsText ? { text, as_text: true } : { text })
    } catch (error) {
      if (!this.input.value) this.input.value = text
      this.later(null)
      this.complain(error.message)
    }
  }

  later(text) {
    this.pending = text
    this.transcript.waiting(text ? `${this.sendsText ? "Sends" : "Says"} next: ${text}` : "")
  }

  complain(text) {
    this.says.hidden = false
    this.says.textContent = text
    clearTimeout(this.complaining)
    this.complaining = setTimeout(() => (this.says.hidden = true), 8000)
  }

  /* --- playing a stored one */

  played(kind) {
    const { player } = this
    if (kind === "expired") this.trigger("renew", Date.now())
    if (kind === "rate") put(this.speed.text, `${player.rate}×`)
    if (kind === "view" || !this.stored) return
    this.clock()
    this.wave.changed()
    this.transcript.point(player.playing || player.at > 0 ? player.turn : null)
  }

  clock() {
    const playing = Boolean(this.player?.playing)
    put(this.play.text, playing ? "Pause" : "Play")
    put(this.play.sign, playing ? "pause" : "play_arrow")
    const now = clockText(this.player?.at ?? 0)
    const length = clockText(this.stored?.view.t ?? 0)
    if (this.at.dataset.text === `${now}/${length}`) return
    this.at.dataset.text = `${now}/${length}`
    this.at.replaceChildren(el("b", { text: now }), el("span", { text: ` / ${length}` }))
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey)
    document.removeEventListener("keyup", this.onKeyUp)
    window.removeEventListener("ringback-hear", this.onHear)
    this.unsubscribe?.()
    clearTimeout(this.losing)
    this.wave.destroy()
    this.transcript.destroy()
    this.speaking.destroy()
    this.sound.stop()
    this.root.remove()
  }
}
