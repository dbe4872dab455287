"""Python that runs inside Airflow's pods, mounted from ConfigMaps; nothing here runs where the platform is planned."""
