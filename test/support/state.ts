import { openState } from "../../src/state/state.ts";

/** State without a folder: plans and locks of the test's own. */
export const ownState = () =>
  openState({ stateDir: "off", baseUrl: "https://close.example", maxUpdatesPerHour: undefined }, () => {});

/** No person has to agree, and all may be changed. */
export const freely = { confirm: "off", writableFields: undefined } as const;
