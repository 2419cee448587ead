// A button [data-copy="ID"] puts the text of that element on the clipboard. Without a clipboard it stays hidden:
// the text can be marked and copied by hand as ever.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const said = button.querySelector("[data-said]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      said.textContent = "Copied";
    } catch {
      said.textContent = "Mark it and copy it by hand";
    }
  });
}
