export type RateLimit = { limit: number; windowMs: number };

export type Allowance = {
  exceeded: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the window ends, with decimals. */
  reset: number;
};

export type RateLimiter = {
  /** Counts one request of the group. */
  take(group: string): Allowance;
  forget(): void;
};

const generous: Allowance = { exceeded: false, limit: 1000, remaining: 999, reset: 60.5 };

/** A fixed window for each endpoint group; without a limit, a generous one that nothing exceeds. */
export function rateLimiter(rateLimit: RateLimit | undefined): RateLimiter {
  const windows = new Map<string, { end: number; used: number }>();
  return {
    take(group) {
      if (rateLimit === undefined) return generous;
      const { limit, windowMs } = rateLimit;
      const now = performance.now();
      const open = windows.get(group);
      const window = open && open.end > now ? open : { end: now + windowMs, used: 0 };
      window.used += 1;
      windows.set(group, window);
      return {
        exceeded: window.used > limit,
        limit,
        remaining: Math.max(0, limit - window.used),
        reset: (window.end - now) / 1000,
      };
    },
    forget: () => windows.clear(),
  };
}

/** The `RateLimit` header (Close's documentation), which every answer carries. */
export function rateLimitHeader({ limit, remaining, reset }: Allowance): string {
  return `limit=${limit}, remaining=${remaining}, reset=${reset.toFixed(6)}`;
}
