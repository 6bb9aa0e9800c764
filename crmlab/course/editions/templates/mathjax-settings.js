// Formulas are typeset where a lesson's own text has them, and nowhere else; no command makes a link or loads a part.
window.MathJax = {
  tex: {
    inlineMath: [["\\(", "\\)"]],
    displayMath: [["\\[", "\\]"]],
    packages: { "[-]": ["autoload", "require", "html"] },
  },
  options: { enableMenu: false },
  startup: { elements: [".math"] },
};
