const address = "Check CLOSE_BASE_URL: what answers there";
const theProxy = "the proxy in HTTPS_PROXY or HTTP_PROXY";
const orWithout = "or, if Close can be reached without it, name Close's host in NO_PROXY";

/** What to do about a fault of the way to Close, or to the proxy; the first that fits (codes of Node's documentation). */
const remedies: readonly [RegExp, string][] = [
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    "The certificate there is that of another host. Check CLOSE_BASE_URL, and whether a proxy or the login page of a network answers in Close's place.",
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    "The certificate is not valid at this machine's time. Check its clock; if it is right, whoever runs the server there, or the proxy in front of it, has to renew the certificate.",
  ],
  [
    /^(?!ERR_SSL).*(CERT|ISSUER|LEAF_SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/,
    "The certificate is not trusted on this machine. If it is that of a company's proxy, a virus scanner or a server of one's own, set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of the authority that issued it, in the MCP host's configuration of this server, and restart the server.",
  ],
  [
    /^(EPROTO|ERR_SSL_(?!.*INTERNAL_ERROR).*)$/,
    `${address} does not speak TLS as https needs it: perhaps plain HTTP, HTTP/2 alone or an old version.`,
  ],
  [/^(HTTPParserError|HPE_INVALID_(CONSTANT|VERSION))$/, `${address} does not speak HTTP/1.1.`],
];

const unknownHost =
  "No host of that name is known here. Check CLOSE_BASE_URL and this machine's network; where only a proxy leads out of that, set HTTPS_PROXY.";

/**
 * What to do about a fault that will not pass by itself, by the code and the words of the operating system, of Node or of
 * undici; undefined if it may pass.
 * @param isProxys whether it is the proxy that could not be reached, or would not connect.
 */
export function remedyFor(code: string, message: string, isProxys: boolean): string | undefined {
  // Any other parser error may be that of an answer which was cut off or garbled once.
  const isGarbled = code === "HTTPParserError" && !message.includes("does not match the HTTP/1.1 protocol");
  const [, remedy] = isGarbled ? [] : (remedies.find(([pattern]) => pattern.test(code)) ?? []);
  if (!isProxys) return code === "ENOTFOUND" ? unknownHost : remedy;
  const status = Number(/Proxy response \((\d+)\)/.exec(message)?.[1] ?? 0);
  if (status === 407)
    return `Check ${theProxy}: it wants a user name and password, as in http://user:password@host:port.`;
  if (status >= 400 && status < 500 && ![408, 429].includes(status)) {
    return `Ask whoever runs ${theProxy} to let this machine through to Close, ${orWithout}.`;
  }
  if (remedy !== undefined) return remedy.replace("CLOSE_BASE_URL", theProxy);
  const unreachable = /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;
  return unreachable.test(code) ? `Check ${theProxy}, which cannot be reached, ${orWithout}.` : undefined;
}
