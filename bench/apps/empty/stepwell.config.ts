import { defineConfig } from "stepwell";

export default defineConfig({ functions: {} });
