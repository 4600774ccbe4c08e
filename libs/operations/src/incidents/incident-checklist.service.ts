import { Injectable } from '@nestjs/common';
import { IncidentItem } from './incident-item.entity.js';
import type { ItemState } from './item-state.js';
import { IncidentJournalService } from './incident-journal.service.js';
import type { ChecklistPhase } from './incident-phase.js';
import { IncidentError } from './incident.error.js';
import { type IncidentItemView, toItemView } from './incident.view.js';
import type { Operator } from './operator.js';

/** The longest checklist. */
const MAX_ITEMS = 100;

export interface ItemSettlement {
  readonly state: ItemState;
  readonly note?: string;
}

/** What is to be done before the phases eradicate and recover are over. */
@Injectable()
export class IncidentChecklistService {
  constructor(private readonly journal: IncidentJournalService) {}

  /** @throws IncidentError `incident_full` */
  add(
    incidentId: string,
    { phase, text }: { phase: ChecklistPhase; text: string },
    operator: Operator,
  ): Promise<IncidentItemView> {
    return this.journal.change(incidentId, operator, async (change) => {
      const count = await change.em.count(IncidentItem, { incidentId });
      if (count >= MAX_ITEMS) throw IncidentError.full('items');
      const item = change.addItem({ phase, position: count + 1, text });
      change.write({ kind: 'item_added', subject: phase, text });
      return toItemView(item);
    });
  }

  /**
   * Ticks an item, says that this incident does not need it, or opens it again. What it is already is no error, and
   * stays as the first operator left it.
   *
   * @throws IncidentError `incident_item_not_found`
   */
  settle(
    incidentId: string,
    itemId: string,
    { state, note }: ItemSettlement,
    operator: Operator,
  ): Promise<IncidentItemView> {
    return this.journal.change(incidentId, operator, async (change) => {
      const item = await change.em.findOne(IncidentItem, { id: itemId, incidentId });
      if (!item) throw IncidentError.itemNotFound();
      if (item.state === state) return toItemView(item);
      const isOpen = state === 'open';
      Object.assign(item, {
        state,
        note: note === undefined ? null : change.text(note),
        settledAt: isOpen ? null : change.now,
        settledBy: isOpen ? null : operator.accountId,
      });
      const kind = isOpen ? 'item_reopened' : 'item_settled';
      change.write({ kind, subject: item.text, outcome: state, text: note });
      return toItemView(item);
    });
  }
}
