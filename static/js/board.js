// Cards are moved by their own forms. Dragging one onto a column, or an arrow key on it, only chooses in that
// form; the server says what became of it, and htmx swaps the board. Nothing is moved here before that.
const boardSays = (words) => {
  document.querySelector("[data-board-says]").textContent = words;
};
const reachOf = (card) => card.dataset.reach.split(" ").filter(Boolean);
let asked = null; // the key of the card whose form was sent
let dragged = null;

const prepare = () => {
  for (const card of document.querySelectorAll("[data-card]")) {
    card.draggable = reachOf(card).length > 0;
    for (const link of card.querySelectorAll("a")) link.draggable = false;
  }
  showMore();
};

const choose = (card, stage) => {
  const form = card.querySelector("form");
  form.elements.to.value = stage;
  return form;
};

// Say on the card itself why it stayed, and where it may go instead.
const cannotGo = (card, column) => {
  const ways = [...card.querySelector("form").elements.to.options].map((option) => option.textContent);
  const said = `It cannot go to ${column.dataset.label} from here. What it can do: ${ways.join(", ")}.`;
  card.querySelector("[data-stays]")?.remove();
  const note = document.createElement("p");
  note.className = "notice bad";
  note.dataset.stays = "";
  note.textContent = said;
  card.querySelector("details.moving").before(note);
  boardSays(`${card.dataset.card}: ${said}`);
};

// Columns that lie beyond the right edge, which no scroll bar may give away.
const showMore = () => {
  const board = document.querySelector("[data-board]");
  const more = document.querySelector("[data-board-more]");
  if (!board || !more) return;
  const edge = board.getBoundingClientRect().right;
  const beyond = [...board.querySelectorAll("[data-column]")].filter((column) => column.getBoundingClientRect().right > edge + 8).length;
  more.hidden = beyond === 0;
  more.textContent = `${beyond} more column${beyond === 1 ? "" : "s"} on the right`;
};
document.addEventListener("scroll", (event) => event.target.matches?.("[data-board]") && showMore(), true);
window.addEventListener("resize", showMore);
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-board-more]")) return;
  const board = document.querySelector("[data-board]");
  board.scrollBy({ left: board.clientWidth * 0.8 });
});

const rest = () => {
  const board = document.querySelector("[data-board]");
  board?.classList.remove("choosing");
  for (const column of document.querySelectorAll("[data-column]")) column.classList.remove("open", "under");
  dragged = null;
};

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card?.draggable) return;
  dragged = card;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.card);
  document.querySelector("[data-board]").classList.add("choosing");
  for (const column of document.querySelectorAll("[data-column]")) {
    column.classList.toggle("open", reachOf(card).includes(column.dataset.column));
  }
});

document.addEventListener("dragover", (event) => {
  const column = event.target.closest?.("[data-column]");
  for (const other of document.querySelectorAll("[data-column].under")) if (other !== column) other.classList.remove("under");
  if (!dragged || !column) return;
  event.preventDefault(); // also over a column that is not open: a drop there is answered, not swallowed
  if (column.matches(".open")) column.classList.add("under");
});

document.addEventListener("drop", (event) => {
  const column = event.target.closest?.("[data-column]");
  if (!dragged || !column) return;
  event.preventDefault();
  if (column.contains(dragged)) return;
  if (!column.matches(".open")) return cannotGo(dragged, column);
  choose(dragged, column.dataset.column).requestSubmit();
});

document.addEventListener("dragend", rest);

// The columns stand in the order of the stages: left is back, right is on.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const card = event.target.closest("[data-card]");
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser's own keys
  if (!step || !card || event.target.matches("select, input") || !reachOf(card).length) return;
  event.preventDefault();
  const columns = [...document.querySelectorAll("[data-column]")];
  const form = card.querySelector("form");
  const isOpen = card.querySelector("details.moving").open;
  const from = isOpen ? form.elements.to.value : card.closest("[data-column]").dataset.column;
  let place = columns.findIndex((column) => column.dataset.column === from) + step;
  while (columns[place] && !reachOf(card).includes(columns[place].dataset.column)) place += step;
  if (!columns[place]) return;
  choose(card, columns[place].dataset.column);
  card.querySelector("details.moving").open = true;
  form.querySelector("button").focus();
  boardSays(`${form.elements.to.selectedOptions[0].textContent}. Press Enter to move it.`);
});

document.addEventListener("submit", (event) => {
  const card = event.target.closest("[data-card]");
  if (!card) return;
  asked = card.dataset.card;
  card.classList.add("asked");
});

const unanswered = () => {
  for (const card of document.querySelectorAll(".card.asked")) card.classList.remove("asked");
  if (asked) boardSays(`${asked} was not moved: the site did not answer as usual. Load the page again, then try once more.`);
  asked = null;
};
document.addEventListener("htmx:sendError", unanswered);
document.addEventListener("htmx:responseError", unanswered);

document.addEventListener("htmx:afterSettle", () => {
  prepare();
  const said = document.querySelector("[data-said]");
  if (said) boardSays(said.textContent.trim());
  if (asked) document.getElementById(`card-${asked}`)?.querySelector("a, summary")?.focus();
  asked = null;
});

prepare();
