/** A moment by both clocks, in milliseconds: one stands still while the machine sleeps, the other may be set. */
export type Moment = { monotonic: number; wall: number };

/** The moment that was so many milliseconds ago. */
export function moment(agoMs = 0): Moment {
  return { monotonic: performance.now() - agoMs, wall: Date.now() - agoMs };
}

/** How long ago that was, in milliseconds, by the clock that says more; infinitely long if the wall clock went back since. */
export function ageOf({ monotonic, wall }: Moment): number {
  const byWall = Date.now() - wall;
  return byWall < 0 ? Number.POSITIVE_INFINITY : Math.max(performance.now() - monotonic, byWall);
}
