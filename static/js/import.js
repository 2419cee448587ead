// Shows that a file is about to land on its place, and which one was chosen. Without it both work unseen.
(() => {
  for (const place of document.querySelectorAll("[data-drop]")) {
    const over = (is) => () => place.classList.toggle("over", is);
    for (const name of ["dragenter", "dragover"]) place.addEventListener(name, over(true));
    for (const name of ["dragleave", "drop"]) place.addEventListener(name, over(false));
  }
})();
