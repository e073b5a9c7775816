/** The sections of the settings, in their order; `section` of the URL is one of the ids. */
import {
  IconActivityHeartbeat,
  IconHistory,
  IconKey,
  IconKeyboard,
  IconPalette,
  IconUser,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";

export const SECTIONS = [
  { id: "you", label: "You", about: "Password, sessions, permissions", icon: IconUser },
  { id: "appearance", label: "Appearance", about: "Light or dark", icon: IconPalette },
  { id: "shortcuts", label: "Shortcuts", about: "Keys of every action", icon: IconKeyboard },
  { id: "parts", label: "Parts", about: "What Logatlas runs on, and its health", icon: IconActivityHeartbeat },
  { id: "accounts", label: "Accounts", about: "Who may sign in", icon: IconUsers },
  { id: "tokens", label: "Tokens", about: "Access for scripts and pipelines", icon: IconKey },
  { id: "audit", label: "Audit", about: "Who did what, from where", icon: IconHistory },
] as const satisfies readonly { id: string; label: string; about: string; icon: Icon }[];

export type SectionId = (typeof SECTIONS)[number]["id"];

/** The section a URL asks for; the first one when it asks for none that exists. */
export function sectionOf(asked: string | undefined): SectionId {
  return SECTIONS.find((section) => section.id === asked)?.id ?? "you";
}
