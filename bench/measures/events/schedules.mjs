import { join } from "node:path";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { FUNCTION_ARN, startArrivals } from "../../lib/arrivals.mjs";
import { optionsAt } from "../../lib/aws.mjs";
import { atMost, judged } from "../../lib/bars.mjs";
import { forEach } from "../../lib/load.mjs";
import { stopProcess } from "../../lib/processes.mjs";
import { summary } from "../../lib/statistics.mjs";

const SCHEDULES = 10_000;
const DUE = 100;
const LEAD_MS = 5_000;
const SPREAD_MS = 10_000;

/** Ten thousand schedules, a hundred of which fall due: how late the last of them starts. */
export const schedules = {
  name: "schedules",
  title: `${SCHEDULES} schedules, of which ${DUE} fall due: the greatest delay until the handler starts`,

  async measure({ folder, say }) {
    const server = await startArrivals(join(folder, "schedules"));
    const scheduler = new SchedulerClient(optionsAt(server.url));
    try {
      const create = (Name, ScheduleExpression) => {
        const Target = { Arn: FUNCTION_ARN, RoleArn: "arn:aws:iam::000000000000:role/bench" };
        const FlexibleTimeWindow = { Mode: "OFF" };
        const Input = JSON.stringify({ id: Name });
        const schedule = { Name, ScheduleExpression, FlexibleTimeWindow, Target: { ...Target, Input } };
        return scheduler.send(new CreateScheduleCommand(schedule));
      };
      await forEach(SCHEDULES - DUE, 8, (i) =>
        create(`later-${i}`, `cron(${i % 60} ${(i >> 6) % 24} 1 1 ? 2199)`),
      );
      say("schedules: all are made");
      const dueMs = new Map();
      const firstMs = Date.now() + LEAD_MS;
      await forEach(DUE, 8, async (i) => {
        const atMs = Math.ceil((firstMs + (i * SPREAD_MS) / DUE) / 1000) * 1000;
        dueMs.set(`due-${i}`, atMs);
        await create(`due-${i}`, `at(${new Date(atMs).toISOString().slice(0, 19)})`);
      });
      const arrived = await server.all([...dueMs.keys()], 200);
      const value = summary([Math.max(...[...dueMs].map(([id, atMs]) => arrived.get(id) - atMs))]);
      return { value, unit: "ms", bar: judged(atMost(1000, "ms"), { value }) };
    } finally {
      scheduler.destroy();
      await stopProcess(server.child);
    }
  },
};
