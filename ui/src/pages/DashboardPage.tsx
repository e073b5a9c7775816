export { DashboardPage as Page } from "./dashboard/DashboardPage";
