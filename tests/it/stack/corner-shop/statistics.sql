SELECT pg_restore_relation_stats('schemaname','public','relname','items','version',180004,'relpages',5000,'reltuples','250000'::real,'relallvisible',5000,'relallfrozen',0);
SELECT pg_restore_relation_stats('schemaname','public','relname','orders','version',180004,'relpages',2000,'reltuples','200000'::real,'relallvisible',0,'relallfrozen',0);
SELECT pg_restore_relation_stats('schemaname','public','relname','items_pkey','version',180004,'relpages',690,'reltuples','250000'::real,'relallvisible',0,'relallfrozen',0);
SELECT pg_restore_relation_stats('schemaname','public','relname','orders_pkey','version',180004,'relpages',550,'reltuples','200000'::real,'relallvisible',0,'relallfrozen',0);
SELECT pg_restore_relation_stats('schemaname','public','relname','orders_customer_idx','version',180004,'relpages',700,'reltuples','200000'::real,'relallvisible',0,'relallfrozen',0);
