-- Roles and databases of a new PostgreSQL server, run once by its superuser with psql 15 or later.
-- Passwords come from the environment, so that none is on a command line.
\set ON_ERROR_STOP on
\getenv waybill_password WAYBILL_DATABASE_PASSWORD
\getenv facade_password WAYBILL_FACADE_DATABASE_PASSWORD
\getenv prefect_password PREFECT_DATABASE_PASSWORD

-- The ledger's owner makes its tables and acts as waybill_app, which owns nothing; it needs no right to make roles.
CREATE ROLE waybill LOGIN PASSWORD :'waybill_password';
CREATE ROLE waybill_app NOLOGIN;
CREATE ROLE waybill_facade LOGIN PASSWORD :'facade_password';
GRANT waybill_app, waybill_facade TO waybill;
CREATE DATABASE waybill OWNER waybill;
REVOKE CONNECT, TEMPORARY ON DATABASE waybill FROM PUBLIC;
GRANT CONNECT ON DATABASE waybill TO waybill_facade;

CREATE ROLE prefect LOGIN PASSWORD :'prefect_password';
CREATE DATABASE prefect OWNER prefect;
REVOKE CONNECT, TEMPORARY ON DATABASE prefect FROM PUBLIC;
\connect prefect
CREATE EXTENSION IF NOT EXISTS pg_trgm;
