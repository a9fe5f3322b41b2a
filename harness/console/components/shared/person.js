/* Who sits at this page. */

/* What the browser keeps: the name and the choice of microphone for all tabs, the id for this one.
 * One that keeps nothing forgets with the page. */
const remembered = {
  own: new Map(),
  get(box, key) {
    try {
      return window[box].getItem(`ringback.${key}`) ?? ""
    } catch {
      return this.own.get(key) ?? ""
    }
  },
  set(box, key, value) {
    try {
      window[box].setItem(`ringback.${key}`, value)
    } catch {
      this.own.set(key, value)
    }
  },
}

/* Who acts in this tab. */
function me() {
  let id = remembered.get("sessionStorage", "person")
  if (!id) {
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    id = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("")
    remembered.set("sessionStorage", "person", id)
  }
  return { id, name: remembered.get("localStorage", "name") }
}
