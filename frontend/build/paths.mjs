import { fileURLToPath } from "node:url";

export const FRONTEND = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const MODULES = `${FRONTEND}/node_modules`;
export const DIST = `${ROOT}/app/web/static/dist`;
