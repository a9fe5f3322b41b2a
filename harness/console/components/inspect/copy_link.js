/* Copies the address of this page at the second the player is at. */

const links = new WeakMap()

class Link {
  constructor(parent) {
    this.text = el("span")
    this.button = el("button", { class: "btn", type: "button", onclick: () => this.copy() }, icon("link"), this.text)
    this.field = el("input", { type: "text", readonly: true, hidden: true, "aria-label": "Link to this second" })
    this.root = el("div", { class: "rb link", role: "group" }, this.button, this.field)
    this.onAt = ({ detail }) => detail.call_id === this.callId && this.move(detail.t, detail.turn)
    window.addEventListener("ringback-at", this.onAt)
    parent.append(this.root)
  }

  update(data) {
    const player = window.__ringbackPlayers?.get(data.call_id)
    this.callId = data.call_id
    this.move(player?.at ?? data.at, player?.turn?.index ?? data.turn)
  }

  move(t, turn) {
    this.t = t
    this.turn = turn
    if (!this.copied) put(this.text, `Copy link at ${clockText(t)}`)
  }

  address() {
    const address = new URL(location.href)
    address.searchParams.set("call", this.callId)
    address.searchParams.set("t", (Math.ceil(this.t * 10 - 1e-6) / 10).toFixed(1))
    if (this.turn == null) address.searchParams.delete("turn")
    else address.searchParams.set("turn", String(this.turn))
    return address.href
  }

  async copy() {
    const address = this.address()
    try {
      await navigator.clipboard.writeText(address)
    } catch {
      // Not every address may write to the clipboard: there it is shown, to be copied by hand.
      this.field.hidden = false
      this.field.value = address
      this.field.select()
      return
    }
    this.field.hidden = true
    put(this.text, "Link copied")
    clearTimeout(this.copied)
    this.copied = setTimeout(() => {
      this.copied = null
      this.move(this.t, this.turn)
    }, 2000)
  }

  destroy() {
    window.removeEventListener("ringback-at", this.onAt)
    clearTimeout(this.copied)
    this.root.remove()
  }
}

export default function ({ data, parentElement }) {
  let link = links.get(parentElement)
  if (!link) links.set(parentElement, (link = new Link(parentElement)))
  link.update(data)
  return () => {
    link.destroy()
    links.delete(parentElement)
  }
}
