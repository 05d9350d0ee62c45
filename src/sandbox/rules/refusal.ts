/** Ends a request with the answer that Close gives instead of carrying it out. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 404;
  readonly body: Record<string, unknown>;

  constructor(status: 400 | 401 | 404, body: Record<string, unknown>) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** The two forms of a 400 (recorded traffic): that of a parameter, and that of fields of the body. */
export function badParameter(name: string, problem: string): Refusal {
  return new Refusal(400, { error: `${name}: ${problem}` });
}

export function badFields(problems: Iterable<readonly [field: string, problem: string]>): Refusal {
  return new Refusal(400, { errors: [], "field-errors": Object.fromEntries(problems) });
}
