/* The Listen button of a running call; while one listens, how loud each side is. */

const LISTEN_WORDS = {
  off: "Listen",
  connecting: "Connecting…",
  on: "Stop listening",
  lost: "Reconnecting…",
  failed: "Listen",
}
const SIDES = { caller: "Caller", agent: "Agent" }
const LOUDEST = 1.5

/* What one has set is kept for the calls that follow in this tab. */
const heardAs = (window.__ringbackHeardAs ??= {
  caller: { muted: false, volume: 1 },
  agent: { muted: false, volume: 1 },
})

class ListenControls {
  /* hub: gives the call's stream. complain: shows a sentence. renew: asks for new tokens. */
  constructor({ hub, complain, renew }) {
    this.hub = hub
    this.complain = complain
    this.listener = new Listener({
      changed: (state, trouble) => this.show(state, trouble),
      late: (...seconds) => this.tellLate(...seconds),
      renew,
    })
    this.sign = icon("headphones")
    this.text = el("span", { text: LISTEN_WORDS.off })
    this.button = el("button", { class: "btn", type: "button", "aria-pressed": "false", onclick: () => this.toggle() },
      this.sign, this.text)
    this.opener = el("button", {
      class: "btn opener", type: "button", hidden: true, "aria-label": "What you hear", title: "What you hear",
      "aria-expanded": "false", "aria-controls": "what-you-hear",
      onclick: () => (this.menu.hidden ? this.open() : this.close()),
    }, icon("tune"))
    this.delay = el("p", {
      class: "late num",
      title: "The way of the sound to this browser, and a little that is kept back so that no piece comes too late",
    })
    this.menu = el("div", {
      class: "hear", id: "what-you-hear", role: "group", "aria-label": "What you hear", hidden: true,
      onkeydown: event => event.key === "Escape" && this.leave(event),
    }, ...Object.keys(SIDES).map(lane => this.side(lane)), this.delay)
    this.onPress = event => event.composedPath().includes(this.root) || this.close()
    this.root = el("div", { class: "listen" }, this.button, this.opener, this.menu)
    this.root.dataset.listening = "off"
    this.opener.addEventListener("keydown", event => event.key === "Escape" && !this.menu.hidden && this.leave(event))
  }

  side(lane) {
    const set = heardAs[lane]
    const sign = icon("volume_up")
    const mute = el("button", {
      class: "btn mute", type: "button", "aria-label": `Mute the ${lane}`, title: `Mute the ${lane}`,
      onclick: () => change({ muted: !set.muted }),
    }, sign)
    const slider = el("input", {
      type: "range", min: "0", max: String(LOUDEST), step: "0.05", "aria-label": `Volume of the ${lane}`,
      oninput: () => change({ volume: Number(slider.value), muted: false }),
    })
    const row = el("div", { class: `side ${lane}` }, mute, el("span", { class: "name", text: SIDES[lane] }), slider)
    const change = wish => {
      Object.assign(set, wish)
      const volume = set.muted ? 0 : set.volume
      slider.value = String(set.volume)
      slider.style.setProperty("--at", `${(100 * set.volume) / LOUDEST}%`)
      slider.setAttribute("aria-valuetext", `${Math.round(100 * set.volume)} %`)
      mute.setAttribute("aria-pressed", String(set.muted))
      put(sign, volume ? "volume_up" : "volume_off")
      row.classList.toggle("muted", !volume)
      this.listener.volume(lane, volume)
    }
    change({})
    return row
  }

  toggle() {
    if (this.listener.on) this.listener.stop()
    else this.listener.start(this.hub())
  }

  /* Whether there is something to listen to; what is heard is not cut off. */
  allow(live) {
    this.button.disabled = !live && !this.listener.on
  }

  stop() {
    if (this.listener.on) this.listener.stop()
  }

  show(state, trouble) {
    const { on } = this.listener
    put(this.text, LISTEN_WORDS[state])
    put(this.sign, state === "on" ? "volume_up" : "headphones")
    this.button.classList.toggle("on", on)
    this.button.setAttribute("aria-pressed", String(on))
    this.root.dataset.listening = state
    this.opener.hidden = !on
    if (!on) {
      delete this.root.dataset.delayMs
      delete this.root.dataset.heldMs
      put(this.delay, "")
      this.close()
    }
    if (trouble) this.complain(trouble)
  }

  tellLate(seconds, held) {
    this.root.dataset.heldMs = String(Math.round(1000 * held))
    this.root.dataset.delayMs = String(Math.round(1000 * seconds))
    put(this.delay, `You hear the call ${Math.max(0, seconds).toFixed(1)} s late`)
  }

  open() {
    this.menu.hidden = false
    this.opener.setAttribute("aria-expanded", "true")
    document.addEventListener("pointerdown", this.onPress)
    this.menu.querySelector("button").focus()
  }

  close() {
    this.menu.hidden = true
    this.opener.setAttribute("aria-expanded", "false")
    document.removeEventListener("pointerdown", this.onPress)
  }

  leave(event) {
    event.stopPropagation()
    this.close()
    this.opener.focus()
  }
}
