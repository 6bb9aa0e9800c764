// Formulas are typeset where a lesson's own text has them, and nowhere else; no command makes a link or loads a part.
window.MathJax = {
  tex: {
    inlineMath: [["\\(", "\\)"]],
    displayMath: [["\\[", "\\]"]],
    packages: { "[-]": ["autoload", "require", "html"] },
  },
  options: { enableMenu: false },
  startup: {
    elements: [".math"],
    // A formula that is wider than the window scrolls, by the keyboard too.
    pageReady: () =>
      MathJax.startup.defaultPageReady().then(() => {
        for (const part of document.querySelectorAll(".math, mjx-container")) {
          if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
        }
      }),
  },
};
