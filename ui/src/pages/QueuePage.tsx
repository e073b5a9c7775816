export { QueuePage as Page } from "./queue/QueuePage";
