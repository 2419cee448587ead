// Takes a file that is dropped anywhere on its place, and shows that it is about to land. Without this the
// input itself takes it, or the button beside it.
(() => {
  for (const place of document.querySelectorAll("[data-drop]")) {
    const input = place.querySelector("input[type=file]");
    const over = (is) => (event) => {
      event.preventDefault();
      place.classList.toggle("over", is);
    };
    for (const name of ["dragenter", "dragover"]) place.addEventListener(name, over(true));
    for (const name of ["dragleave", "drop"]) place.addEventListener(name, over(false));
    place.addEventListener("drop", ({ dataTransfer }) => {
      if (dataTransfer.files.length > 0) input.files = dataTransfer.files;
    });
  }
})();
