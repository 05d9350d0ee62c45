import { id, identified } from "./ids.ts";
import type { Contact, CustomField, CustomFieldType, Lead, Status, StatusType, User } from "./records.ts";

/** Of everything that the organization starts with. */
export const dateCreated = "2024-01-08T09:15:00.000000+00:00";

export const users = identified("user", {
  adaQuist: user("Ada", "Quist"),
  benQuist: user("Ben", "Quist"),
  samDoyle: user("Sam", "Doyle"),
  samDoyleBerlin: user("Sam", "Doyle", "sam.doyle.berlin"),
  jordanAvery: user("Jordan", "Avery", "j.avery"),
  jordanBlake: user("Jordan", "Blake", "j.blake"),
});

/** She left, and still owns an open opportunity. */
export const former = identified("user", { gretaHolm: user("Greta", "Holm") });

export const statuses = identified("stat", {
  salesActive: status("Active", "active"),
  salesProposalSent: status("Proposal sent", "active"),
  salesWon: status("Won", "won"),
  salesLost: status("Lost", "lost"),
  renewalsActive: status("Active", "active"),
  renewalsInReview: status("In review", "active"),
  renewalsVerbal: status("🤝 Verbal yes", "active"),
  renewalsWon: status("Won", "won"),
  renewalsChurned: status("Churned", "lost"),
});

export const pipelines = identified(
  "pipe",
  {
    sales: {
      name: "Sales",
      statuses: [statuses.salesActive, statuses.salesProposalSent, statuses.salesWon, statuses.salesLost],
    },
    renewals: {
      name: "Renewals",
      statuses: [
        statuses.renewalsActive,
        statuses.renewalsInReview,
        statuses.renewalsVerbal,
        statuses.renewalsWon,
        statuses.renewalsChurned,
      ],
    },
  },
  22,
);

const custom_object_type_id = id("cotype", "Installation", 22);

export const customObjects = identified("coi", {
  warehouseLights: { custom_object_type_id, name: "Warehouse lights" },
  harbourLights: { custom_object_type_id, name: "Harbour lights" },
});

const several = { accepts_multiple_values: true };

export const customFields = identified("cf", {
  competitor: customField("Competitor", "text"),
  seats: customField("Seats", "number"),
  // These two are easily taken for each other.
  discount: customField("Discount", "number", { description: "Percent" }),
  discounts: customField("Discounts", "text"),
  contractStart: customField("Contract start", "date"),
  nextDemo: customField("Next demo", "datetime"),
  source: customField("Source", "choices", {
    choices: ["Website", "Referral", "Trade fair", "Cold call"],
  }),
  visitDays: customField("Visit days", "choices", {
    ...several,
    description: "Weekdays on which the customer can be visited",
    choices: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
  }),
  tags: customField("Tags", "choices", {
    ...several,
    choices: ["Key account", "Upsell", "Wednesday", "Weekend"],
  }),
  salesEngineer: customField("Sales engineer", "user"),
  watchers: customField("Watchers", "user", several),
  signatory: customField("Signatory", "contact"),
  importKey: customField("Import key", "hidden"),
  // Retired, and still there.
  oldImportKey: customField("Import Key", "text", { description: "Do not use" }),
  region: customField("Region", "choices", { choices: ["North", "South", "Overseas"], is_shared: true }),
  installations: customField("Installations", "custom_object", {
    ...several,
    referenced_custom_type_id: custom_object_type_id,
  }),
});

export const leads = identified("lead", {
  acme: { name: "Acme Corp" },
  blueHeron: { name: "Blue Heron Books" },
  cedar: { name: "Cedar & Sons" },
  driftwood: { name: "Driftwood Café" },
  elmStreet: { name: "Elm Street Clinic" },
  fjord: { name: "Fjord Logistics" },
  acmeLogistics: { name: "Acme Logistics" },
  azulejos: { name: "Azulejos Peña" },
  otherDriftwood: { name: "Driftwood Café" },
  // Without opportunities.
  acmeStorage: { name: "Acme Storage" },
});

export const contacts = identified("cont", {
  ninaOkafor: contact(leads.acme, "Nina Okafor"),
  leoPark: contact(leads.acme, "Leo Park"),
  leoMarsh: contact(leads.acme, "Leo Marsh"),
  rosaLindqvist: contact(leads.blueHeron, "Rosa Lindqvist"),
  imaniStone: contact(leads.elmStreet, "Imani Stone"),
  eirikDal: contact(leads.fjord, "Eirik Dal"),
});

function user(
  first_name: string,
  last_name: string,
  mailbox = `${first_name}.${last_name}`.toLowerCase(),
): Omit<User, "id"> {
  return { first_name, last_name, email: `${mailbox}@example.com` };
}

function status(label: string, type: StatusType): Omit<Status, "id"> {
  return { label, type };
}

function customField(name: string, type: CustomFieldType, facts: Partial<CustomField> = {}): Omit<CustomField, "id"> {
  return {
    name,
    type,
    description: "",
    accepts_multiple_values: false,
    is_shared: false,
    referenced_custom_type_id: null,
    ...facts,
  };
}

function contact({ id: lead_id }: Lead, name: string): Omit<Contact, "id"> {
  return { lead_id, name, email: `${name.toLowerCase().replace(" ", ".")}@example.com` };
}
