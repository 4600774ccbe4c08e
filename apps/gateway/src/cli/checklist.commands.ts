import { CHECKLIST_PHASES, IncidentChecklistService, ITEM_STATES } from '@app/operations';
import { command } from './program/command.js';
import { optional, required } from './program/input.js';
import { idOf, oneOf, textOf } from './program/value-readers.js';
import { asCommand, theIncident } from './incident-inputs.js';

export const addItem = command({
  name: 'incidents add-item',
  summary: 'add an item to the checklist of an incident',
  args: theIncident,
  options: {
    phase: required('<phase>', 'the phase of the item', oneOf(CHECKLIST_PHASES)),
    text: required('<text>', 'the task', textOf(300)),
  },
  async run(app, { args: { id }, options }) {
    const item = await asCommand(app, 'incident.item_added', (operator) =>
      app.get(IncidentChecklistService).add(id, options, operator),
    );
    return { data: item, text: `Added. Id: ${item.id}` };
  },
});

export const settleItem = command({
  name: 'incidents settle',
  summary: 'set the state of a checklist item',
  args: {
    ...theIncident,
    item: required(
      '<item>',
      'the id of the item',
      idOf('the id of an item, as incidents show has it'),
    ),
  },
  options: {
    state: required('<state>', 'the new state', oneOf(ITEM_STATES)),
    note: optional('<text>', 'how it was done, or why it is not needed', textOf(500)),
  },
  async run(app, { args: { id, item }, options }) {
    const settled = await asCommand(app, 'incident.item_settled', (operator) =>
      app.get(IncidentChecklistService).settle(id, item, options, operator),
    );
    return { data: settled, text: `The item is ${options.state}.` };
  },
});
