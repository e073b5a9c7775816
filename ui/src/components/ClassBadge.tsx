import { useTaxonomyClass } from "@/api/taxonomy";
import classes from "./ClassBadge.module.css";
import { Hint } from "./Hint";

interface Props {
  uid: number | null;
  name: string;
  activity?: string | undefined;
  /** Names the uid beside the name. */
  withUid?: boolean;
}

/** A class by name, coloured by category at its edge; its description on hover. */
export function ClassBadge({ uid, name, activity, withUid = false }: Props) {
  const shown = (
    <>
      <span className={classes.name}>{name || "Undecided"}</span>
      {activity && <span className={classes.activity}>{activity}</span>}
      {withUid && uid !== null && <span className={classes.uid}>{uid}</span>}
    </>
  );
  if (uid === null) {
    return (
      <span className={classes.badge} data-category={0}>
        {shown}
      </span>
    );
  }
  return (
    <Hint
      className={classes.badge}
      data-category={Math.floor(uid / 1000)}
      label={<Description uid={uid} name={name} />}
      shape={{ multiline: true, maw: 360 }}
    >
      {shown}
    </Hint>
  );
}

function Description({ uid, name }: { uid: number; name: string }) {
  const known = useTaxonomyClass(uid);
  return known ? `${known.category_name} · ${uid}. ${known.description}` : `${name} · ${uid}`;
}
