// Type becomes smaller where a slide would hold more than its frame.
const SIZES = [28, 26, 24, 22, 20, 18, 16, 14, 12];
function fit(slide) {
  const body = slide.querySelector(".body");
  if (!body) return;
  for (const size of SIZES) {
    body.style.fontSize = `${size}px`;
    const parts = [body, ...body.querySelectorAll(":scope > *")];
    if (body.scrollHeight <= body.clientHeight + 1 && parts.every((part) => part.scrollWidth <= part.clientWidth + 1)) return;
  }
}
Reveal.on("slidechanged", (event) => fit(event.currentSlide));
Reveal.on("pdf-ready", () => document.querySelectorAll(".slides section").forEach(fit));
Reveal.initialize({ hash: true, slideNumber: "c/t", width: 1280, height: 720, margin: 0.04, transition: "none", center: false,
                    pdfSeparateFragments: false, plugins: [RevealNotes] })
  .then(() => MathJax.startup.promise).then(() => fit(Reveal.getCurrentSlide()));
