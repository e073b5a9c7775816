export { EventPage as Page } from "./event/EventPage";
