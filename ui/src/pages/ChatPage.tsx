export { ChatPage as Page } from "./chat/ChatPage";
