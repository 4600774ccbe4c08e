interface PageRequest {
  readonly method?: string;
  readonly body?: URLSearchParams;
}

/** A browser that keeps cookies, and follows redirects until one leaves the authorization server. */
class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** The last answer there, or the address that leads away. */
  async open(address: string, init: PageRequest = {}): Promise<{ left?: URL; text: string }> {
    let url = new URL(address, this.origin);
    let request = init;
    for (;;) {
      const response = await fetch(url, {
        ...request,
        redirect: 'manual',
        headers: { cookie: this.header() },
      });
      for (const cookie of response.headers.getSetCookie()) this.keep(cookie);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { text };
      url = new URL(location, url);
      request = {};
      if (url.origin !== this.origin) return { left: url, text };
    }
  }

  private keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    this.cookies.set(name, value);
  }

  private header(): string {
    return Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** Signs in and decides, as a person would. Resolves to the address that their browser is sent to. */
export async function asPerson(
  address: string,
  login: string,
  decision: 'allow' | 'refuse',
): Promise<URL> {
  const browser = new Browser(new URL(address).origin);
  let page = await browser.open(address);
  while (!page.left) {
    const [, form = ''] = /<form[^>]* action="([^"]+)"/.exec(page.text) ?? [];
    if (form === '') throw new Error(`no form: ${page.text}`);
    const isLogin = page.text.includes('name="login"');
    page =
      !isLogin && decision === 'refuse'
        ? await browser.open(`${form.replace(/\/submit$/, '')}/abort`)
        : await browser.open(form, {
            method: 'POST',
            body: new URLSearchParams(
              isLogin ? { prompt: 'login', login, password: 'any' } : { prompt: 'consent' },
            ),
          });
  }
  return page.left;
}
