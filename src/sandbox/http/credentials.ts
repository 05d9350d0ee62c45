/** What the sandbox accepts: through Basic the key as user with an empty password, through Bearer the token. */
export const apiKey = "api_sandbox_lantern_supply";
export const accessToken = "token_sandbox_lantern_supply";

export function isAuthorized(authorization: string | undefined): boolean {
  const [scheme, credentials = ""] = authorization?.split(" ") ?? [];
  switch (scheme?.toLowerCase()) {
    case "basic":
      return Buffer.from(credentials, "base64").toString() === `${apiKey}:`;
    case "bearer":
      return credentials === accessToken;
    default:
      return false;
  }
}
