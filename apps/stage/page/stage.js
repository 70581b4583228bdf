// The page is a client like any other: three routes and one stream of events.
const by = (id) => document.getElementById(id);

/** What comes from the server is text, never markup. */
function element(name, text, ...classes) {
  const made = document.createElement(name);
  made.textContent = text;
  made.classList.add(...classes);
  return made;
}

async function request(path, options) {
  const answer = await fetch(path, { headers: { accept: 'application/json' }, ...options });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}

const sign = (holds) => (holds ? '✔' : '✘');
const show = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

let events;

async function play(name, flow) {
  events?.close();
  by('steps').replaceChildren();
  by('checks').replaceChildren();
  const title = `${name} (${flow})`;
  by('run-state').textContent = `${title}: queued`;
  try {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const body = JSON.stringify({ flow });
    const { runId } = await request(`/scenarios/${name}/runs`, { method: 'POST', headers, body });
    follow(title, runId);
  } catch (error) {
    by('run-state').textContent = error.message;
  }
}

function follow(title, runId) {
  let first;
  events = new EventSource(`/runs/${runId}`);
  events.addEventListener('step', ({ data }) => {
    const step = JSON.parse(data);
    const at = Date.parse(step.at);
    first ??= at;
    by('run-state').textContent = `${title}: running`;
    const seconds = ((at - first) / 1000).toFixed(3).padStart(8);
    const text = `+${seconds} s  ${step.who.padEnd(9)}  ${step.what}${step.detail ? `  ${step.detail}` : ''}`;
    by('steps').append(element('li', text, ...(step.tone ? [step.tone] : [])));
  });
  events.addEventListener('end', ({ data }) => {
    events.close();
    const { state, reason, verdict } = JSON.parse(data);
    by('run-state').textContent = `${title}: ${state}${reason ? ` (${reason})` : ''}, run ${runId}`;
    for (const { sentence, holds, expected, actual } of verdict?.checks ?? []) {
      const found = holds ? show(actual) : `expected ${show(expected)}, found ${show(actual)}`;
      by('checks').append(element('li', `${sign(holds)} ${sentence}: ${found}`, holds ? 'holds' : 'fails'));
    }
    if (verdict?.audit) showAudit(verdict.audit);
  });
}

async function look(settled) {
  by('audit-state').textContent = 'looking …';
  try {
    showAudit(await request(`/audit?settled=${settled}`));
  } catch (error) {
    by('audit-state').textContent = error.message;
  }
}

function showAudit({ holds, findings, orders }) {
  const text = `${holds ? 'All invariants hold' : 'Not all invariants hold'} over ${orders} orders.`;
  by('audit-state').textContent = text;
  by('findings').replaceChildren(
    ...findings.map(({ id, sentence, holds: held, violations, examples }) => {
      const row = document.createElement('tr');
      const detail = held ? '' : `${violations}, e.g. ${show(examples[0])}`;
      row.append(...[sign(held), id, sentence, detail].map((cell) => element('td', cell)));
      row.classList.add(held ? 'holds' : 'fails');
      return row;
    }),
  );
}

by('audit-now').addEventListener('click', () => void look(false));
by('audit-settled').addEventListener('click', () => void look(true));

/** Some are told differently in the other flow. */
async function showScenarios() {
  const flow = by('flow').value;
  const { scenarios } = await request(`/scenarios?flow=${flow}`);
  by('scenarios').replaceChildren(
    ...scenarios.map(({ name, title, story }) => {
      const item = document.createElement('li');
      const button = element('button', name);
      button.addEventListener('click', () => void play(name, flow));
      item.append(button, element('p', `${title}. ${story}`));
      return item;
    }),
  );
}

by('flow').addEventListener('change', () => void showScenarios());
await showScenarios();
