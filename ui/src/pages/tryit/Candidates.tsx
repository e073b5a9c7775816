import type { Decision } from "@/api";
import { ClassBadge, Confidence } from "@/components";
import classes from "./tryit.module.css";

const MOST = 5;

/** The candidate classes by falling probability. */
export function Candidates({ decision }: { decision: Pick<Decision, "candidates" | "class_uid" | "status"> }) {
  return (
    <table className={classes.candidates}>
      <caption className="visually-hidden">Candidates</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Probability</th>
        </tr>
      </thead>
      <tbody>
        {decision.candidates.slice(0, MOST).map((candidate) => {
          const chosen = candidate.class_uid === decision.class_uid;
          return (
            <tr key={candidate.class_uid} data-first={chosen}>
              <td>
                <ClassBadge uid={candidate.class_uid} name={candidate.class_name} />
              </td>
              <td>
                <Confidence
                  value={candidate.probability}
                  label={`Probability of ${candidate.class_name}`}
                  unsure={chosen && decision.status === "needs_review"}
                />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
