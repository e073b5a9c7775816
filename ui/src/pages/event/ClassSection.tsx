import { Link } from "@tanstack/react-router";
import { useTaxonomy, type Decision } from "@/api";
import { BlockSkeleton } from "@/components";
import { Section } from "./Section";
import classes from "./event.module.css";

/** What the taxonomy says of the class, and which of its activities this is. */
export function ClassSection({ decision }: { decision: Decision }) {
  const taxonomy = useTaxonomy();
  const known = taxonomy.data?.classes.find((candidate) => candidate.uid === decision.class_uid);
  return (
    <Section
      title={`Class ${decision.class_name}`}
      name={`class-${decision.class_uid}`}
      tools={
        <Link className={classes.link} to="/knowledge" search={{ class_uid: decision.class_uid }}>
          Knowledge on it
        </Link>
      }
    >
      {taxonomy.isPending && <BlockSkeleton height={60} />}
      {known && (
        <>
          <p className={classes.rationale}>{known.description}</p>
          <p className={classes.note}>
            {known.category_name} · class {known.uid} · type {decision.type_uid} · OCSF {decision.ocsf_version}
            {known.deprecated && " · deprecated"}
          </p>
          <table className={classes.table}>
            <thead>
              <tr>
                <th style={{ width: 44 }} className={classes.number}>
                  Id
                </th>
                <th style={{ width: "30%" }}>Activity</th>
                <th>Description</th>
              </tr>
            </thead>
            <tbody>
              {known.activities.map((activity) => {
                const isThis = activity.activity_id === decision.activity_id;
                return (
                  <tr key={activity.activity_id} aria-current={isThis}>
                    <td className={classes.number}>{activity.activity_id}</td>
                    <td>
                      {isThis ? <mark className={classes.evidenceMark}>{activity.caption}</mark> : activity.caption}
                    </td>
                    <td>{activity.description}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
      {taxonomy.isSuccess && !known && (
        <p className={classes.note}>The present taxonomy does not know class {decision.class_uid}.</p>
      )}
    </Section>
  );
}
