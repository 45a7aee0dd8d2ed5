-- What is normal for each machine, learned from its readings in [learned_from, learned_until); see cc_common/anomalies.
CREATE TABLE baseline (
    equipment_id  text PRIMARY KEY REFERENCES equipment,
    version       int NOT NULL,          -- of the format of `data`: another one is as good as none
    learned_from  timestamptz NOT NULL,
    learned_until timestamptz NOT NULL CHECK (learned_until > learned_from),
    learned_at    timestamptz NOT NULL DEFAULT now(),
    data          bytea NOT NULL
);
