/* Play pieces by the worklet without a sound card: [second, pieces in base64] in, samples out. */
async ([source, steps, length, volumes]) => {
  const rate = 24000
  const context = new OfflineAudioContext(2, length * rate, rate)
  // The processor as it is, that also says when it has taken a piece.
  const text = `((registerProcessor) => { ${source}; lanesWorklet() })((name, Kind) =>
    registerProcessor(name, class extends Kind {
      take(message) { super.take(message); this.port.postMessage("taken") }
    }))`
  const module = URL.createObjectURL(new Blob([text], { type: "text/javascript" }))
  await context.audioWorklet.addModule(module)
  const node = new AudioWorkletNode(context, "ringback-lanes", { numberOfInputs: 0, outputChannelCount: [2] })
  for (const lane in volumes) node.parameters.get(lane).value = volumes[lane]
  node.connect(context.destination)
  const told = []
  let taken = () => null
  node.port.onmessage = ({ data }) => (data === "taken" ? taken() : told.push(data))
  for (const [second, pieces] of steps)
    context.suspend(second).then(async () => {
      for (const piece of pieces) {
        const message = Uint8Array.from(atob(piece), letter => letter.charCodeAt(0)).buffer
        await new Promise(resolve => {
          taken = resolve
          node.port.postMessage(message, [message])
        })
      }
      context.resume()
    })
  const heard = await context.startRendering()
  return { told, left: [...heard.getChannelData(0)], right: [...heard.getChannelData(1)] }
}
