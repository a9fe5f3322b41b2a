/* Taking a call over and handing it back: buttons at the foot of a running call, and what stands
 * above them while somebody has the call. */

const QUIETEST_DB = -60

/* What becomes of a person's words, before the first of them. */
function whoWrites(ear) {
  if (!ear?.by) return "Your voice is recorded and timed, but nothing writes your words down. What you type is written down."
  const where = ear.cloud ? "Your voice is sent to it over the internet." : "It runs on the console's computer: your voice is sent to nobody else for it."
  return `${ear.by} writes your words down. ${where}`
}

class SpeakPanel {
  /* hub: gives the call's stream. renew: asks for new tokens. type(): puts the cursor where lines
   * are typed. listen(): lets the call be heard. hush(on): whether without one's own voice, which
   * would come back late. */
  constructor({ hub, renew, type, listen, hush }) {
    Object.assign(this, { hub, type, listen, hush })
    this.speaker = new Speaker({
      changed: () => this.draw(),
      level: rms => this.meter(rms),
      renew,
    })
    this.was = this.voiced = false
    this.open = "" // first (before the first word) or whisper
    this.take = this.button("mic", "Take over", () => this.wish(), "M")
    this.back = this.button("support_agent", "Hand back", () => this.handBack(), "M")
    this.more = this.button("more_horiz", "", () => this.show(this.open === "whisper" ? "" : "whisper"))
    this.more.node.setAttribute("aria-label", "Whisper to the caller")
    this.more.node.title = "Whisper to the caller"
    this.more.node.classList.add("only")
    this.buttons = [this.more.node, this.take.node, this.back.node]
    this.first = this.firstPanel()
    this.whisper = this.whisperPanel()
    this.stand = this.standRow()
    this.ask = this.askRow()
    this.trouble = this.troubleRow()
    this.root = el("div", { class: "speak", onkeydown: event => event.key === "Escape" && this.leave(event) },
      this.trouble.node, this.first.node, this.whisper.node, this.ask.node, this.stand.node)
    this.onDevices = () => this.devices()
    this.onBlur = () => this.speaker.talks && this.speaker.mute(true)
    navigator.mediaDevices?.addEventListener?.("devicechange", this.onDevices)
    window.addEventListener("blur", this.onBlur)
    this.draw()
  }

  /* --- parts */

  button(sign, label, action, key = "", kind = "") {
    const text = el("span", { text: label })
    const mark = icon(sign)
    const node = el("button", { class: `btn ${kind}`, type: "button", onclick: action }, mark, label ? text : null)
    if (key) node.append(el("kbd", { "aria-hidden": "true", text: key }))
    return { node, text, mark }
  }

  plain(label, action, kind = "") {
    return el("button", { class: `btn ${kind}`, type: "button", text: label, onclick: action })
  }

  field(label, { onenter, ...attributes }) {
    return el("input", {
      type: "text", "aria-label": label, placeholder: label, autocomplete: "off", ...attributes,
      onkeydown: event => {
        if (event.key !== "Escape") event.stopPropagation()
        if (event.key === "Enter" && !event.isComposing) onenter()
      },
    })
  }

  nameField(onenter) {
    return this.field("Your name", { class: "name", maxlength: String(LONGEST_NAME), onenter })
  }

  firstPanel() {
    const name = this.nameField(() => this.begin(true))
    const more = el("p", { class: "warned", hidden: true },
      "The demo agent's recogniser knows only our own voices: it will often mishear you. Typing always works.")
    const ear = el("p", {})
    const node = el("div", { class: "ask first", role: "group", "aria-label": "Speak as the caller" },
      el("b", { text: "Speak as the caller" }),
      el("p", { text: "Your browser will ask for the microphone, now and only for this. You will hear the call: use headphones, or the agent hears itself. The simulated caller is silent until you hand the call back or leave this page." }),
      ear,
      more,
      el("label", {}, el("span", { text: "Your name, as other testers see it" }), name),
      el("div", { class: "row" }, this.plain("Use microphone", () => this.begin(true), "main"),
        this.plain("Type instead", () => this.begin(false)), el("span", { class: "push" }), this.plain("Cancel", () => this.show(""))))
    return { node, name, more, ear }
  }

  whisperPanel() {
    const text = this.field("For instance: now ask for Friday", { maxlength: "500", onenter: () => this.tellCaller() })
    text.setAttribute("aria-label", "What the caller shall do")
    const name = this.nameField(() => this.tellCaller())
    const who = el("label", {}, el("span", { text: "Your name, as other testers see it" }), name)
    const says = el("p", { role: "status" })
    const row = el("div", { class: "row" }, text, this.plain("Whisper", () => this.tellCaller(), "main"))
    const node = el("div", { class: "ask", role: "group", "aria-label": "Whisper to the caller" },
      el("div", { class: "row" }, el("b", { text: "Whisper to the caller" }), el("span", { class: "push" }),
        this.close(() => this.show(""))),
      says, who, row)
    return { node, text, name, who, row, says }
  }

  close(action) {
    return el("button", { class: "btn shut", type: "button", "aria-label": "Close", title: "Close", onclick: action }, icon("close"))
  }

  standRow() {
    const words = el("span", { class: "you", role: "status" })
    const bar = el("i")
    const meter = el("span", { class: "meter", "aria-hidden": "true", title: "Your microphone" }, bar)
    const mute = this.button("mic", "Mute", () => this.speaker.mute(!this.speaker.muted), "T")
    const devices = el("select", { "aria-label": "Microphone", title: "Microphone", onchange: () => this.speaker.use(devices.value) })
    const filter = el("input", { type: "checkbox", onchange: () => {
      filtered(filter.checked)
      this.speaker.use("")
    } })
    const clean = el("label", {
      class: "clean",
      title: "The browser takes echo and noise away and evens out how loud you are. With headphones you can switch it off: the agent hears you as you are.",
    }, filter, "Echo filter")
    const voice = this.button("mic", "Use microphone", () => this.speaker.use(""))
    const step = el("select", { "aria-label": "Hand back from", title: "Where the script goes on" })
    const from = el("label", { class: "from" }, "Hand back", step)
    const instruction = this.field("Whisper when handing back (optional)", { maxlength: "500", onenter: () => this.handBack() })
    const stop = this.plain("Cancel", () => this.speaker.stop())
    const node = el("div", { class: "stand" }, words, meter, mute.node, devices, clean, voice.node,
      el("span", { class: "push" }), from, instruction, stop)
    return { node, words, meter, bar, mute, devices, filter, clean, voice, from, step, instruction, stop }
  }

  askRow() {
    const words = el("span", { role: "alert" })
    const node = el("div", { class: "row asks" }, icon("waving_hand"), words, el("span", { class: "push" }),
      this.plain("Give it", () => this.speaker.answer("pass_on"), "main"),
      this.plain("Keep", () => this.speaker.answer("keep")))
    return { node, words }
  }

  troubleRow() {
    const words = el("span", { role: "alert" })
    const type = this.plain("Type instead", () => this.begin(false))
    const node = el("div", { class: "row trouble" }, icon("error"), words, type,
      this.close(() => {
        this.speaker.trouble = ""
        this.draw()
      }))
    return { node, words, type }
  }

  /* --- acting */

  get holder() {
    return this.hub()?.people.find(one => one.holds)?.name ?? ""
  }

  get mine() {
    return this.speaker.state === "held"
  }

  /* The button or its key: take over if everything is known that must be, else ask for it. */
  wish() {
    const { speaker } = this
    if (speaker.state !== "free" || this.take.node.disabled) return
    const before = remembered.get("localStorage", "spoke")
    if (me().name && before && !speaker.trouble) return this.begin(true)
    this.show(this.open === "first" ? "" : "first")
  }

  begin(voice) {
    const name = (this.open === "first" ? this.first.name.value : me().name).trim()
    if (!name) return this.first.name.focus()
    remembered.set("localStorage", "name", name)
    if (voice) remembered.set("localStorage", "spoke", "1")
    this.show("")
    this.speaker.take(this.hub(), { ask: Boolean(this.holder), voice })
  }

  handBack() {
    const { from, step, instruction } = this.stand
    const line = from.hidden || step.value === "" ? null : Number(step.value)
    this.speaker.giveBack({ step: line, instruction: instruction.hidden ? "" : instruction.value.trim() })
  }

  async tellCaller() {
    const { text, name, says } = this.whisper
    const told = text.value.trim()
    if (!name.value.trim()) return name.focus()
    if (!told) return text.focus()
    remembered.set("localStorage", "name", name.value.trim())
    try {
      await this.hub().post("whisper", { ...me(), text: told }, "speak")
      text.value = ""
      put(says, "Told. It does so from its next words on; the agent hears nothing of it.")
    } catch (error) {
      put(says, error.message)
    }
  }

  show(open) {
    this.open = open
    if (open) this.speaker.trouble = ""
    const name = me().name
    this.first.name.value = this.whisper.name.value = name
    const follows = this.hub()?.view?.kind === "simulation"
    put(this.whisper.says, follows
      ? "It does so from its next words on. The agent does not hear it."
      : "This caller says the lines of a script, or nobody plays it: it follows no instructions. Type the line that it shall say, or take the call over.")
    this.whisper.row.hidden = !follows
    this.whisper.who.hidden = !follows
    this.draw()
    if (open === "first") (name ? this.first.node.querySelector("button") : this.first.name).focus()
    else if (open === "whisper") (follows ? this.whisper.text : this.whisper.node.querySelector("button")).focus()
  }

  leave(event) {
    if (!this.open) return
    event.stopPropagation()
    const back = this.open === "first" ? this.take : this.more
    this.show("")
    back.node.focus()
  }

  /* Keys of the page that are ours; whether this was one. */
  key(event) {
    const key = event.key.toLowerCase()
    if (key === "m" && this.mine) this.handBack()
    else if (key === "m" && this.speaker.state === "free" && !this.take.node.disabled) this.wish()
    else if (key === "t" && this.mine && this.speaker.microphone.on) this.speaker.mute(!this.speaker.muted)
    else if (key === " " && this.mine && this.speaker.muted) {
      const pressed = event.composedPath()[0].closest?.("button, a, [role=button], [role=tab], summary")
      if (pressed && pressed !== this.stand.mute.node) return false
      if (!event.repeat) this.speaker.mute(true, true)
    } else return false
    return true
  }

  keyUp(event) {
    if (event.key !== " " || !this.speaker.talks) return
    event.preventDefault()
    this.speaker.mute(true)
  }

  /* --- drawing */

  /* live: whether the call can be taken; view: what is known of it. */
  update(live, view) {
    this.live = live
    this.view = view
    if (!live && this.speaker.state !== "free") this.speaker.stop()
    if (!live) this.open = ""
    this.draw()
  }

  meter(rms) {
    const db = 20 * Math.log10(Math.max(rms, 1e-6))
    const share = Math.max(0, Math.min(1, 1 - db / QUIETEST_DB))
    this.stand.bar.style.transform = `scaleX(${share.toFixed(2)})`
  }

  draw() {
    const { speaker, mine, holder } = this
    const { state, microphone } = speaker
    const other = !mine && holder
    const busy = state === "opening" || state === "asking"
    const typed = this.view?.caller?.by === "text"
    if (mine !== this.was) this.turned(mine)
    if ((mine && microphone.on) !== this.voiced) this.voice(mine && microphone.on)
    this.take.node.hidden = mine || busy
    this.take.node.disabled = !this.live || typed
    this.take.node.title = typed ? "Its caller types and sends no sound: nobody can speak for it" : ""
    put(this.take.text, other ? "Ask for the call" : "Take over")
    this.back.node.hidden = !mine
    this.more.node.disabled = !this.live
    this.more.node.setAttribute("aria-expanded", String(this.open === "whisper"))
    this.first.node.hidden = this.open !== "first"
    this.first.more.hidden = this.view?.agent !== "demo"
    put(this.first.ear, whoWrites(this.view?.person_ear))
    this.whisper.node.hidden = this.open !== "whisper"
    this.trouble.node.hidden = !speaker.trouble
    put(this.trouble.words, speaker.trouble)
    this.trouble.type.hidden = state !== "free" || !Object.values(NO_MICROPHONE).includes(speaker.trouble)
    this.ask.node.hidden = !(mine && speaker.asked)
    if (speaker.asked) put(this.ask.words, `${speaker.asked} asks for the call.`)
    const { node, words, meter, mute, devices, filter, clean, voice, from, instruction, stop } = this.stand
    node.hidden = !mine && !busy && !other
    node.classList.toggle("mine", mine)
    put(words, this.words(state, holder))
    const heard = mine && microphone.on
    meter.hidden = mute.node.hidden = clean.hidden = !heard
    filter.checked = filtered()
    devices.hidden = !heard || devices.options.length < 2
    voice.node.hidden = !mine || microphone.on
    stop.hidden = !busy
    mute.node.classList.toggle("on", speaker.silent)
    mute.node.setAttribute("aria-pressed", String(speaker.muted))
    put(mute.text, speaker.muted ? "Unmute" : "Mute")
    put(mute.mark, speaker.silent ? "mic_off" : "mic")
    meter.classList.toggle("off", speaker.silent)
    from.hidden = !mine || this.view?.kind !== "script" || !this.view.plan.length
    instruction.hidden = !mine || this.view?.kind !== "simulation"
  }

  words(state, holder) {
    const { speaker } = this
    if (state === "opening") return "Waiting for the microphone: your browser may be asking you."
    if (state === "asking") return holder ? `Asking ${holder} for the call…` : "Asking for the call…"
    if (state !== "held") {
      const asks = this.hub()?.people.find(one => one.asks)?.name
      return holder ? `${holder} has the call${asks ? `, ${asks} asks for it` : ""}` : ""
    }
    if (!speaker.microphone.on) return "You are the caller. What you type is said."
    if (speaker.muted) return speaker.talks ? "You are heard" : "Muted. Hold Space to talk."
    return "You are the caller"
  }

  /* The call was taken, or is no longer ours. */
  turned(mine) {
    this.was = mine
    if (!mine) return
    if (!this.speaker.microphone.on) this.type()
    this.stand.instruction.value = ""
    const lines = (this.view?.plan ?? []).map((line, at) => el("option", { value: String(at), text: `from line ${at + 1}: ${line.label}` }))
    this.stand.step.replaceChildren(el("option", { value: "", text: "from the next line" }), ...lines)
  }

  /* One speaks by a microphone, or no longer: whom one speaks with is heard. */
  voice(on) {
    this.voiced = on
    this.hush(on)
    if (!on) return
    this.listen()
    this.devices()
  }

  async devices() {
    const { microphone } = this.speaker
    const all = await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])
    const found = (all ?? []).filter(one => one.kind === "audioinput" && one.deviceId)
    this.stand.devices.replaceChildren(...found.map((one, at) =>
      el("option", { value: one.deviceId, text: one.label || `Microphone ${at + 1}`, selected: one.deviceId === microphone.device })))
    this.draw()
  }

  stop() {
    if (this.speaker.state !== "free") this.speaker.stop()
    this.open = ""
  }

  destroy() {
    this.stop()
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.onDevices)
    window.removeEventListener("blur", this.onBlur)
  }
}
