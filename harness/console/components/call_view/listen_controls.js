/* The Listen button of a running call, and what belongs to it. */

class ListenControls {
  /* hub: gives the call's stream. complain: shows a sentence. renew: asks for new tokens. */
  constructor({ hub, complain, renew }) {
    Object.assign(this, { hub, complain })
    this.listener = new Listener(state => this.listening(state), renew)
    this.sign = icon("headphones")
    this.text = el("span", { text: "Listen" })
    this.button = el("button", { class: "btn", type: "button", "aria-pressed": "false", onclick: () => this.toggle() },
      this.sign, this.text)
    this.vol = el("input", {
      type: "range", class: "vol", min: "0", max: "1.5", step: "0.05", value: "1",
      hidden: true, "aria-label": "Volume", oninput: () => this.listener.volume(Number(this.vol.value)),
    })
    this.root = el("div", { class: "listen" }, this.button, this.vol)
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

  listening(state) {
    const words = { off: "Listen", connecting: "Connecting…", on: "Stop listening", failed: "Listen" }
    put(this.text, words[state])
    put(this.sign, state === "on" ? "volume_up" : "headphones")
    this.button.classList.toggle("on", state === "on")
    this.button.setAttribute("aria-pressed", String(state === "on"))
    this.root.dataset.listening = state
    this.vol.hidden = state !== "on"
    if (state === "failed") this.complain("The sound could not be opened. Check the browser's permission for sound, then try again.")
  }
}
