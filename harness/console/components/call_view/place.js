/* The view of a call and the element of the page it stands in. A page that is laid out anew, because
 * a window is made narrower, gives the call another element, before or after it takes the old one
 * away: what is heard, typed and spoken goes on there. */

const ADRIFT_MS = 500
const placed = (window.__ringbackCallViews ??= new Set())

export default function ({ data, parentElement, setTriggerValue }) {
  let view = [...placed].find(one => one.place === parentElement)
  if (!view) {
    view = [...placed].find(one => one.data.call_id === data.call_id) ?? new CallView(data.stages)
    settle(view, parentElement)
  }
  view.trigger = (...news) => oncePageIsOpen(parentElement, () => setTriggerValue(...news))
  view.update(data)
  return () => {
    if (view.place !== parentElement) return
    view.place = null
    view.leaving = setTimeout(() => {
      placed.delete(view)
      view.destroy()
    }, ADRIFT_MS)
  }
}

function settle(view, place) {
  clearTimeout(view.leaving)
  view.place = place
  placed.add(view)
  const focused = view.root.getRootNode().activeElement
  place.append(view.root)
  view.transcript.moved()
  if (focused && view.root.contains(focused)) focused.focus()
}
