// Talking with the server. A lost connection and a lost sign-in are answers too: the text is kept either way.

export type Answer = { status: number; body: Record<string, unknown> };

export const UNREACHABLE = 0;
export const SIGNED_OUT = 401;

let token = "";

export function useToken(csrf: string): void {
  token = csrf;
}

export async function post(url: string, body: unknown, { last = false } = {}): Promise<Answer> {
  return ask(url, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, keepalive: last });
}

export async function postFile(url: string, file: File): Promise<Answer> {
  const form = new FormData();
  form.append("file", file);
  return postForm(url, form);
}

export async function postForm(url: string, form: FormData): Promise<Answer> {
  return ask(url, { method: "POST", body: form });
}

export async function read(url: string): Promise<Answer> {
  return ask(url, {});
}

async function ask(url: string, options: RequestInit): Promise<Answer> {
  const headers = { ...(options.headers as Record<string, string>), Accept: "application/json", "X-CSRFToken": token };
  try {
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    if (answer.type === "opaqueredirect") return { status: SIGNED_OUT, body: {} };
    return { status: answer.status, body: (await answer.json().catch(() => ({}))) as Answer["body"] };
  } catch {
    return { status: UNREACHABLE, body: {} };
  }
}
