/* Streamlit tells components when the theme changes, but does not run the page again: what Python
 * coloured (charts, the logo) would stay as it was. Ask for one run when the two differ. The same
 * for height and width of the window, where the page said that it counts on them. */

const asked = new WeakMap()
const windows = new WeakMap()
const STEP_PX = 10
const REST_MS = 300
const WIDE_PX = 1260
const NARROW_PX = 640 // Streamlit stacks columns

export default function ({ data, parentElement, setTriggerValue, setStateValue }) {
  const host = parentElement.host ?? parentElement
  const probe = el("span", { hidden: true })
  probe.style.color = "var(--st-background-color)"
  parentElement.append(probe)
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number)
  probe.remove()
  const mode = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light"
  if (mode === data.mode) asked.delete(host)
  else if (asked.get(host) !== mode) {
    asked.set(host, mode)
    setTriggerValue("changed", mode)
  }

  let watched = windows.get(host)
  if (!watched) windows.set(host, (watched = new Window()))
  watched.update({ height: data.height, width: data.width }, setStateValue)
  return () => {
    watched.destroy()
    windows.delete(host)
  }
}

/* Tells what differs from what the page counts on; nothing of what is null. */
class Window {
  constructor() {
    this.resized = () => {
      clearTimeout(this.rest)
      this.rest = setTimeout(() => this.measure(), REST_MS)
    }
    addEventListener("resize", this.resized)
  }

  destroy() {
    clearTimeout(this.rest)
    removeEventListener("resize", this.resized)
  }

  update(known, tell) {
    this.known = known
    this.tell = tell
    this.measure()
  }

  measure() {
    const found = {
      height: Math.floor(innerHeight / STEP_PX) * STEP_PX,
      width: innerWidth <= NARROW_PX ? "narrow" : innerWidth < WIDE_PX ? "medium" : "wide",
    }
    for (const [name, value] of Object.entries(found)) {
      if (this.known[name] == null || value === this.known[name]) continue
      this.known[name] = value
      this.tell(name, value)
    }
  }
}
